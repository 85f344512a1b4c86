import Curate
import Models
import TestSupport
import Testing

/// Networks from files and to files.
@Suite(.tags(.training)) struct SafetensorsNetworkTests {
    /// The committed file was written by Python's safetensors; PyTorch computed the logits in double precision.
    @Test func aPyTorchCheckpointGivesPyTorchsLogits() throws {
        let fixture = try GoldenFixture.load("resnet8")
        let network = SafetensorsFixtures.network()
        let metadata = try network.load(fromSafetensors: GoldenFixture.path("resnet8.safetensors"))
        #expect(metadata == ["format": "pt"])
        #expect(Self.error(of: network, fixture) < 1e-4)
    }

    private static func error(of network: Network, _ fixture: GoldenFixture) -> Double {
        let values = fixture.input()
        let inputs = FloatBuffer(count: values.count)
        for (index, value) in values.enumerated() { inputs.pointer[index] = value }
        let logits = network.evaluate(inputs: inputs.pointer, batch: fixture.batch)
        let expected = fixture.evaluation.logits.values
        let scale = expected.reduce(0) { max($0, abs($1)) }
        return expected.enumerated().reduce(0) { max($0, abs(Double(logits[$1.offset]) - $1.element)) } / scale
    }

    @Test(arguments: ["linear", "mlp:32,16", "resnet8", "resnet18"])
    func whatIsSavedIsLoadedToTheBit(name: String) throws {
        let directory = StoreDirectory()
        let path = directory.file("model.safetensors")
        let network = SafetensorsFixtures.network(name)
        network.initialise(seed: 3)
        try network.save(toSafetensors: path, metadata: ["network": name, "format": "mine"])
        let other = SafetensorsFixtures.network(name)
        #expect(try other.load(fromSafetensors: path) == ["network": name, "format": "pt"])
        #expect(other.stateDict() == network.stateDict())
        #expect(try SafetensorsReader(path: path).tensors == network.stateDict())
    }

    @Test func filesAreReplacedOnlyWhenAsked() throws {
        let directory = StoreDirectory()
        let path = directory.file("model.safetensors")
        let network = SafetensorsFixtures.network("linear")
        try network.save(toSafetensors: path)
        let error = ScoringFixtures.failure { try network.save(toSafetensors: path) }
        #expect(error?.kind == .cannotCreateOutput)
        try network.save(toSafetensors: path, replacing: true)
    }

    /// Wrappers and other people's networks name the same tensors in other ways.
    @Test(arguments: [
        ("module.", "linear"), ("model.", "fc"), ("module.model.", "linear"), ("", "fc"), ("module.", "fc"),
    ])
    func prefixesAndAliasesAreUnderstood(prefix: String, head: String) throws {
        let directory = StoreDirectory()
        let path = directory.file("model.safetensors")
        let network = SafetensorsFixtures.network()
        network.initialise(seed: 4)
        let renamed = network.stateDict().map { tensor in
            let name = tensor.name.hasPrefix("linear.") ? head + tensor.name.dropFirst(6) : tensor.name
            return NamedTensor(name: prefix + name, shape: tensor.shape, values: tensor.values)
        }
        #expect(renamed.map(\.name).contains("\(prefix)\(head).weight"))
        try SafetensorsWriter.write(renamed, to: path)
        let other = SafetensorsFixtures.network()
        try other.load(fromSafetensors: path)
        #expect(other.stateDict() == network.stateDict())
    }

    @Test func tensorsThatDoNotFitAreNamedWithTheFile() throws {
        let directory = StoreDirectory()
        let path = directory.file("model.safetensors")
        let network = SafetensorsFixtures.network()
        network.initialise(seed: 5)
        let state = network.stateDict()
        let last = try #require(state.last)
        let wide = NamedTensor(name: last.name, shape: [1, last.values.count], values: last.values)
        let extra = NamedTensor(name: "ema", shape: [1], values: [0])
        let again = NamedTensor(name: "module.fc.bias", shape: last.shape, values: last.values)
        let cases: [([NamedTensor], String)] = [
            (state.dropLast(), "'linear.bias' of resnet8 is missing"),
            (state + [extra], "'ema' is not part of resnet8"),
            (state.dropLast() + [wide], "'linear.bias' has shape [1, 10]"),
            (state + [again], "'linear.bias' and 'module.fc.bias' mean the same weights"),
        ]
        for (tensors, message) in cases {
            try SafetensorsWriter.write(tensors, to: path, replacing: true)
            let other = SafetensorsFixtures.network()
            let before = other.stateDict()
            let error = ScoringFixtures.failure { try other.load(fromSafetensors: path) }
            #expect(error?.kind == .badData && error?.location == path && error?.remedy?.isEmpty == false)
            #expect(error?.message.contains(message) == true, "\(String(describing: error))")
            #expect(other.stateDict() == before)
        }
    }

    @Test func theBytesAreThoseOfTheFormat() throws {
        let directory = StoreDirectory()
        let path = directory.file("model.safetensors")
        try SafetensorsWriter.write(
            [
                NamedTensor(name: "b", shape: [2, 1], values: [1, -2]),
                NamedTensor(name: "a\"é", shape: [], values: [0.5]),
            ], to: path, metadata: ["epochs": "4"])
        // 156 characters, the é of two bytes, and 3 spaces to a multiple of eight: 160 bytes.
        let header =
            #"{"__metadata__":{"epochs":"4","format":"pt"},"#
            + #""b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"#
            + #""a\"é":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}"# + "   "
        let numbers: [UInt8] = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f]
        let bytes = try fileBytes(path)
        #expect(bytes == [160, 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + numbers)
    }

    @Test(arguments: [Float.nan, .infinity]) func weightsOfADivergedRunAreNotWritten(bad: Float) {
        let directory = StoreDirectory()
        let path = directory.file("model.safetensors")
        let tensor = NamedTensor(name: "fc.bias", shape: [3], values: [0, 1, bad])
        let error = ScoringFixtures.failure { try SafetensorsWriter.write([tensor], to: path) }
        #expect(error?.kind == .workFailed && error?.message.contains("number 2 of tensor 'fc.bias'") == true)
        #expect(ScoringFixtures.failure { _ = try SafetensorsReader(path: path) }?.kind == .missingInput)
    }
}
