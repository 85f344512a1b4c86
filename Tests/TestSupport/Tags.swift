import Testing

// What a test is, beside what it is about. `make smoke` leaves out the first two; see `.ci/test`.
extension Tag {
    /// Trains networks, in the process or through the program.
    @Tag public static var training: Self
    /// Ends the program, or a process that writes, at moments it did not choose.
    @Tag public static var kill: Self
    /// Could go on for ever: does some of it in every run and more in `make soak`, see `Soak`.
    @Tag public static var soak: Self
    /// Compares numbers of threads; other tests use one, so that they do not wait for each other.
    @Tag public static var threads: Self
}
