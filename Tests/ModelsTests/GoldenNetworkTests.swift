import Models
import TestSupport
import Testing

/// The engine against PyTorch in double precision: the fixtures of `Tests/Fixtures/generate_golden.py`.
@Suite(.tags(.training)) struct GoldenNetworkTests {
    struct Problem {
        let fixture: GoldenFixture
        let network: Network
        let inputs: FloatBuffer
        let labels: [Int32]

        init(_ name: String) throws {
            fixture = try GoldenFixture.load(name)
            let shape = fixture.shape
            let input =
                shape.count == 3
                ? InputShape(height: shape[0], width: shape[1], channels: shape[2])
                : InputShape(height: 1, width: 1, channels: shape[0])
            let specification = try #require(NetworkSpecification(fixture.network))
            network = Network(
                specification, input: input, classCount: fixture.classes, pool: WorkerPool(threadCount: 1))
            try network.load(
                fixture.weights().map { NamedTensor(name: $0.name, shape: $0.shape, values: $0.values) })
            let values = fixture.input()
            inputs = FloatBuffer(count: values.count)
            for (index, value) in values.enumerated() { inputs.pointer[index] = value }
            labels = fixture.labels.map { Int32($0) }
        }
    }

    /// Logits, loss, every gradient and the running statistics of one training batch.
    @Test(arguments: GoldenFixture.names) func trainingBatch(name: String) throws {
        let problem = try Problem(name)
        let fixture = problem.fixture
        let result = problem.network.lossAndGradient(
            inputs: problem.inputs.pointer, labels: problem.labels)
        #expect(abs(result.loss - fixture.training.loss) < 1e-4 * fixture.training.loss)
        #expect(ConvolutionTests.error(result.logits, fixture.training.logits.values) < 1e-4)
        let gradients = Dictionary(
            uniqueKeysWithValues: problem.network.gradientDict().map { ($0.name, $0.values) })
        let state = Dictionary(uniqueKeysWithValues: problem.network.stateDict().map { ($0.name, $0.values) })
        #expect(Array(state.keys.sorted()) == fixture.tensors.map(\.name).sorted())
        for (position, tensor) in fixture.tensors.enumerated() {
            if tensor.gradient != nil {
                let gradient = try #require(gradients[tensor.name])
                let error = fixture.gradientError(gradient, at: position)
                #expect(error < 1e-4, "\(tensor.name): \(error)")
            }
            if let updated = tensor.updatedStatistic {
                let values = try #require(state[tensor.name])
                #expect(ConvolutionTests.error(values, updated.values.map { Double($0) }) < 1e-4, "\(tensor.name)")
            }
        }
    }

    /// Logits, EL2N's logits and GraNd in evaluation mode.
    @Test(arguments: GoldenFixture.names) func evaluationBatch(name: String) throws {
        let problem = try Problem(name)
        let fixture = problem.fixture
        let logits = problem.network.evaluate(inputs: problem.inputs.pointer, batch: fixture.batch)
        #expect(ConvolutionTests.error(logits, fixture.evaluation.logits.values) < 1e-4)
        var norms = [Float](repeating: 0, count: fixture.batch)
        problem.network.gradientNorms(
            inputs: problem.inputs.pointer, labels: problem.labels, batch: fixture.batch, norms: &norms)
        for (norm, expected) in zip(norms, fixture.evaluation.grand.values) {
            #expect(abs(Double(norm) - expected) < 1e-4 * expected)
        }
    }

    /// The losses before each of ten optimiser steps.
    @Test(arguments: GoldenFixture.names) func tenSteps(name: String) throws {
        let problem = try Problem(name)
        let fixture = problem.fixture
        let optimizer = SGD(momentum: 0.9, isNesterov: true, weightDecay: 5e-4)
        for (step, expected) in fixture.stepLosses.values.enumerated() {
            let result = problem.network.trainingStep(
                inputs: problem.inputs.pointer, labels: problem.labels, optimizer: optimizer,
                learningRate: 0.01)
            // A loss near zero is a difference of logits near ten, whose single roundings are 1e-6.
            #expect(abs(result.loss - expected) < max(1e-4 * abs(expected), 2e-6), "step \(step)")
        }
        for (tensor, values) in zip(fixture.tensors, problem.network.stateDict().map(\.values)) {
            let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(abs(norm - tensor.normAfterSteps) < 1e-4 * tensor.normAfterSteps, "\(tensor.name)")
        }
    }
}
