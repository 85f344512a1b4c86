import Models
import Synchronization

/// What holds for every test of the process: fresh memory is NaN, in networks that train as well.
///
/// Tests/TestSetup calls it by its C name when the program is loaded.
@_cdecl("curate_prepare_tests")
public func prepareTests() {
    FloatBuffer.fillsFreshMemory.store(true, ordering: .relaxed)
}
