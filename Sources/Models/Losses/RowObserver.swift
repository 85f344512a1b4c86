/// Sees the logits of some rows of a batch in the pool's task that computes their loss.
///
/// Each row is seen once, before the backward pass and the update, by whichever thread takes the task: what an observer
/// writes must belong to the rows it is called for.
///
/// - Parameters:
///   - rows: which rows of the batch.
///   - logits: [batch][classes], all of the batch, as the network gave them; only `rows` may be read.
package typealias RowObserver = (_ rows: Range<Int>, _ logits: UnsafePointer<Float>) -> Void
