/// One mapped file of logits, of shape (examples, classes) or (epochs, examples, classes).
struct LogitArray {
    private let array: NPYArray
    let epochCount: Int
    let exampleCount: Int
    let classCount: Int

    var path: String { array.path }

    /// Maps a file.
    ///
    /// - Parameter epochsAllowed: whether it is the only file of its run, and so may hold all epochs.
    init(path: String, epochsAllowed: Bool) throws {
        array = try NPYArray(path: path)
        let shape = array.shape
        switch array.elementType {
        case .float16, .float32, .float64: break
        default:
            throw array.content.badData(
                "the array holds \(array.elementType.name) numbers, logits are floats",
                remedy: "save the outputs of the last layer, before softmax and arg max, as float32")
        }
        guard shape.count == 2 || (shape.count == 3 && epochsAllowed) else {
            let expected =
                epochsAllowed
                ? "logits are (examples, classes) or (epochs, examples, classes)"
                : "one of several files of a run is (examples, classes)"
            throw array.content.badData(
                "the array has the shape \(NPYHeader.text(shape)); \(expected)",
                remedy: "save one row of logits per example, and one file per epoch or one array for the whole run")
        }
        guard array.count > 0 else {
            throw array.content.badData(
                "the array is empty: shape \(NPYHeader.text(shape))", remedy: "leave the file out or write it again")
        }
        epochCount = shape.count == 3 ? shape[0] : 1
        exampleCount = shape[shape.count - 2]
        classCount = shape[shape.count - 1]
        guard classCount >= 2 else {
            throw array.content.badData(
                "there is \(classCount) logit per example; a score needs at least two classes",
                remedy: "for a binary classifier with one output z, save the two logits 0 and z")
        }
    }

    /// Checks the shape against that of another file.
    func checkShape(exampleCount: Int, classCount: Int, as other: String) throws {
        guard (self.exampleCount, self.classCount) == (exampleCount, classCount) else {
            throw array.content.badData(
                "there are \(self.exampleCount) examples of \(self.classCount) classes here and \(exampleCount) of "
                    + "\(classCount) in \(other)",
                remedy: "save the logits of the same examples, in the same order, at every epoch and in every run")
        }
    }

    /// Checks that the file is what it was when it was looked at first.
    func checkUnchanged(epochCount: Int, exampleCount: Int, classCount: Int) throws {
        guard (self.epochCount, self.exampleCount, self.classCount) == (epochCount, exampleCount, classCount) else {
            throw array.content.badData(
                "the file has changed while it was read", remedy: "wait until training has ended and try again")
        }
    }

    /// Refuses the outputs of a softmax in the first epoch: applying it twice gives scores that look right and are not.
    ///
    /// Rows that were never written say nothing, nor do single ones; the first row of logits ends the search.
    func checkNotProbabilities() throws {
        var isFound = false
        for example in 0..<exampleCount {
            switch kind(epoch: 1, example: example) {
            case .logits: return
            case .zeros, .missing, .oneHot: break
            case .probabilities: isFound = true
            }
        }
        if isFound { throw refusalOfProbabilities(epoch: nil) }
    }

    /// What is said of an epoch whose rows are distributions.
    func refusalOfProbabilities(epoch: Int?) -> CurateError {
        array.content.badData(
            "every row\(epoch.map { " of epoch \($0)" } ?? "") is a distribution: these are probabilities, not logits",
            remedy: "save the outputs before the softmax, or the logarithm of these, which gives the same scores")
    }

    /// What the row of one example at one epoch, counted from 1, looks like.
    func kind(epoch: Int, example: Int) -> LogitRowCheck.Kind {
        let start = ((epoch - 1) * exampleCount + example) * classCount
        return LogitRowCheck.kind(of: (start..<start + classCount).lazy.map { array.double(at: $0) })
    }

    /// Copies the logits of one example at one epoch, counted from 1, in single precision.
    ///
    /// - Precondition: both are within the array, and the buffer holds `classCount` numbers.
    func copyRow(epoch: Int, example: Int, to row: UnsafeMutableBufferPointer<Float>) throws {
        precondition((1...epochCount).contains(epoch) && (0..<exampleCount).contains(example), "beyond the array")
        precondition(row.count == classCount, "a row of another length")
        let start = ((epoch - 1) * exampleCount + example) * classCount
        if array.elementType == .float32 {
            let bytes = array.content.bytes[(start * 4)..<((start + classCount) * 4)]
            UnsafeMutableRawBufferPointer(row).copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes))
            return
        }
        for place in 0..<classCount {
            let value = array.double(at: start + place)
            row[place] = Float(value)
            if value.isFinite && !row[place].isFinite {
                throw array.content.badData(
                    "the logit \(value) of class \(place) of example \(example) is beyond single precision",
                    remedy: "leave out epochs after the training diverged; for a masked class write -1e30")
            }
        }
    }

    /// Lets go of the memory under one epoch, counted from 1, which has been read.
    func release(epoch: Int) {
        guard let file = array.content.owner as? MappedFile else { return }
        let size = exampleCount * classCount * array.elementType.byteCount
        let bytes = array.content.bytes[((epoch - 1) * size)..<(epoch * size)]
        file.release(UnsafeRawBufferPointer(rebasing: bytes))
    }
}
