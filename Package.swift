// swift-tools-version: 6.2
import PackageDescription

// The kernels are written with `SIMD16<Float>`; without an FMA target every multiply-add becomes a
// library call (measured: 130 times slower). `CURATE_MARCH=x86-64-v3 swift build` makes a portable build.
let architecture = Context.environment["CURATE_MARCH"] ?? "native"
let vectorFlags: [String] = architecture == "none" ? [] : ["-Xcc", "-march=\(architecture)"]
let warnings: [SwiftSetting] =
    Context.environment["CURATE_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

let common: [SwiftSetting] =
    warnings + [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .unsafeFlags(vectorFlags),
    ]

// `make build` says which commit it builds, for the records of runs; git puts nothing but these characters there.
let commit = (Context.environment["CURATE_COMMIT"] ?? "").filter { $0.isHexDigit || $0 == "+" }
let build: [SwiftSetting] = commit.isEmpty ? [] : [.unsafeFlags(["-Xcc", "-DCURATE_COMMIT=\(commit)"])]

// Tests are compiled as they stand where optimising them takes longer than running them. What they test is optimised,
// and so is what computes: TestSupport and ModelsTests.
let unoptimised: [SwiftSetting] = common + [.unsafeFlags(["-Onone"])]

let package = Package(
    name: "Curate",
    products: [
        .library(name: "Curate", targets: ["Curate"]),
        .library(name: "Models", targets: ["Models"]),
        .executable(name: "curate", targets: ["curate"]),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CVector"),
        .systemLibrary(name: "CBuild"),
        .target(
            name: "Models",
            dependencies: ["COpenBLAS", "CVector"],
            swiftSettings: common),
        .target(
            name: "Curate",
            dependencies: ["Models", "CSQLite", "CZlib", "CCrypto", "CPNG", "CTurboJPEG"],
            swiftSettings: common),
        .executableTarget(
            name: "curate",
            dependencies: ["Curate", "Models", "CVector", "CBuild"],
            path: "Sources/curate-cli",
            swiftSettings: common + build),
        .executableTarget(
            name: "curate-benchmark",
            dependencies: ["Models"],
            path: "Benchmarks/Harness",
            swiftSettings: common),
        // What a user of the library may call is enough for it: packageAccess leaves the rest out of its sight.
        .executableTarget(
            name: "score-and-prune",
            dependencies: ["Curate", "Models"],
            path: "Examples/ScoreAndPrune",
            packageAccess: false,
            swiftSettings: common),
        .target(
            name: "CTestSetup",
            path: "Tests/TestSetup"),
        .target(
            name: "TestSupport",
            dependencies: ["Models", "CTestSetup"],
            path: "Tests/TestSupport",
            swiftSettings: common),
        .testTarget(
            name: "ModelsTests",
            dependencies: ["Models", "TestSupport"],
            swiftSettings: common),
        .testTarget(
            name: "CurateTests",
            dependencies: ["Curate", "Models", "TestSupport", "CZlib", "CSQLite", "CPNG", "CTurboJPEG"],
            swiftSettings: unoptimised),
        .testTarget(
            name: "CLITests",
            dependencies: ["curate", "score-and-prune", "Curate", "TestSupport"],
            exclude: ["Snapshots"],
            swiftSettings: unoptimised),
    ]
)
