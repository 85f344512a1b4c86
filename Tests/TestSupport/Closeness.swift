/// The largest |a - b| over the largest |b|: the relative error the tests quote.
public func relativeError(_ a: [Float], _ b: [Float]) -> Double {
    precondition(a.count == b.count, "comparing \(a.count) values with \(b.count)")
    var difference = 0.0
    var magnitude = 0.0
    for (x, y) in zip(a, b) {
        guard x.isFinite && y.isFinite else { return x == y ? difference : .infinity }
        difference = max(difference, abs(Double(x) - Double(y)))
        magnitude = max(magnitude, abs(Double(y)))
    }
    return magnitude == 0 ? difference : difference / magnitude
}
