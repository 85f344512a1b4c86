"""Writes the golden fixtures: what PyTorch computes, in double precision, for the networks of this package.

    python3 -m venv .venv && .venv/bin/pip install torch numpy safetensors
    .venv/bin/python Tests/Fixtures/generate_golden.py            # every fixture
    .venv/bin/python Tests/Fixtures/generate_golden.py resnet8    # only this one

The committed files were made with Python 3.11.7, PyTorch 2.15.0, NumPy 2.4.6 and safetensors 0.8.0; a fixture names
its own in `versions`. One thread, so a second run on the same machine gives the same bytes.

Weights, inputs and labels are not stored. Both sides derive them, bit for bit, from the package's counter-based
generator (`Sources/Models/Random/KeyedRandom.swift`) under stream `test` (99) and epoch 0; `u` below is `uniform()`,
a multiple of 2^-24 in [0, 1), and every operation on it is one single-precision operation:

    tensors          index = position in the state dict, `num_batches_tracked` left out
        convolution and linear weights    (2u - 1) * Float(sqrt(3 / fan_in) * 1.2)
        linear bias                       (u - 0.5) * Float(0.2)
        batch-norm scale, running variance   0.5 + u; a quarter of it for the scale that ends a residual branch,
                                             which keeps resnet50 on four images well conditioned
        batch-norm shift                     (u - 0.5) * Float(0.2) + nudge * 2^-12
        running mean                         (u - 0.5) * Float(0.2)
    input            index = 1000; 2u - 1 in NHWC order
    labels           index = 1001; ((top 24 bits of the draw) * classes) >> 24

A gradient is summarised by its sum, its L2 norm, eight projections and sixteen entries. Projection p of the tensor
at position t is the sum of +-g[e] over its elements e in PyTorch's order; the signs are those of the generator with
stream `test`, epoch 1 and index t: draw number e, bit 63 - p, set meaning minus. Each projection of an error vector is
as large as the error's norm on average, so a wrong element shows in them wherever it is. The entries are the elements
floor(k * count / 16), k = 0..<16.

A pre-activation within rounding error of zero may take the other branch of ReLU in single precision, which is no
engine's fault; left alone, the few such among resnet50's millions put PyTorch's own single-precision gradients off by
3 to 9 per cent of the largest element, depending on the seed and the memory layout. So each batch-norm shift in front
of a ReLU carries a `nudge`, a small integer stored in the fixture and chosen so that no pre-activation of the first
batch, in training or in evaluation mode, lies within MARGIN of zero. Ten SGD steps are not protected.
`singlePrecision` holds how far PyTorch's own single-precision run is from the double-precision one (the largest
difference over the largest value, worst tensor), so a test can see what it may ask for.
"""

import argparse
import base64
import json
import math
import pathlib
import platform

import numpy as np
import safetensors
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent

BRANCH_SCALE = 0.25
NUDGE = 2.0**-12
MARGIN = 5e-5

# ---------------------------------------------------------------------------------------------------------------------
# The generator


def mix(z):
    """SplitMix64's finaliser on an array of uint64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def draws(seed, epoch, index, count):
    """The first `count` values of KeyedRandom(seed:, stream: .test, epoch:, index:).next()."""
    weyl = 0x9E3779B97F4A7C15
    wrap = (1 << 64) - 1

    def mixed(value):
        return int(mix(np.array([value & wrap], dtype=np.uint64))[0])

    key = mixed(seed + weyl)
    key = mixed(key ^ (99 * 0xD1B54A32D192ED03 & wrap))
    key = mixed(key ^ (epoch * 0xA24BAED4963EE407 & wrap))
    key = mixed(key ^ (index * 0x9FB21C651E98DF25 & wrap))
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(weyl)
    return mix(np.uint64(key) + steps)


def uniforms(seed, index, count):
    return (draws(seed, 0, index, count) >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)


def tensor_values(seed, index, kind, shape):
    count = math.prod(shape)
    u = uniforms(seed, index, count)
    if kind in ("convolutionWeight", "linearWeight"):
        bound = np.float32(math.sqrt(3 / math.prod(shape[1:])) * 1.2)
        values = (np.float32(2) * u - np.float32(1)) * bound
    elif kind in ("normScale", "runningVariance"):
        values = np.float32(0.5) + u
    elif kind == "branchNormScale":
        values = (np.float32(0.5) + u) * np.float32(BRANCH_SCALE)
    else:
        values = (u - np.float32(0.5)) * np.float32(0.2)
    assert values.dtype == np.float32
    return values.reshape(shape)


# ---------------------------------------------------------------------------------------------------------------------
# The networks


class Norm(nn.BatchNorm2d):
    """Batch norm; while `settling`, the batch is two copies of itself, one for each mode."""

    settling = False
    nudges = None

    def forward(self, x):
        if not self.settling:
            return super().forward(x)
        training, evaluation = x.chunk(2)
        arguments = self.weight, self.bias
        training = F.batch_norm(training, None, None, *arguments, True, 0.0, self.eps)
        evaluation = F.batch_norm(evaluation, self.running_mean, self.running_var, *arguments, False, 0.0, self.eps)
        return torch.cat([training, evaluation])

    def rectify(self, x):
        """ReLU of a sum of which this norm is a part."""
        if self.settling:
            self.nudges = np.array([nudge(channel) for channel in x.transpose(0, 1).flatten(1).numpy()], dtype=np.int8)
            delta = torch.from_numpy(self.nudges * NUDGE)
            self.bias += delta
            x = x + delta[:, None, None]
        return F.relu(x)


def nudge(values):
    """The smallest multiple of NUDGE that moves every value away from zero by at least MARGIN."""
    values = np.sort(values)
    candidates = np.array(sorted(range(-127, 128), key=abs))
    zeros = -candidates * NUDGE
    after = np.searchsorted(values, zeros)
    padded = np.concatenate([[-np.inf], values, [np.inf]])
    distance = np.minimum(padded[after + 1] - zeros, zeros - padded[after])
    enough = np.flatnonzero(distance >= MARGIN)
    assert enough.size, "no nudge frees this channel: try another seed"
    return candidates[enough[0]]


class CIFARBlock(nn.Module):
    """He et al. 2016, section 4.2: two 3x3 convolutions; option A where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = Norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = Norm(outputs)
        self.subsamples = stride != 1 or inputs != outputs

    def forward(self, x):
        y = self.bn1.rectify(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.subsamples:
            side = self.conv1.out_channels // 4
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, side, side))
        return self.bn2.rectify(y + x)


class CIFARResNet(nn.Module):
    def __init__(self, depth, channels, classes):
        super().__init__()
        blocks = (depth - 2) // 6
        self.conv1 = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
        self.bn1 = Norm(16)
        self.layer1 = self.stage(16, 16, blocks, 1)
        self.layer2 = self.stage(16, 32, blocks, 2)
        self.layer3 = self.stage(32, 64, blocks, 2)
        self.linear = nn.Linear(64, classes)

    @staticmethod
    def stage(inputs, outputs, blocks, stride):
        first = CIFARBlock(inputs, outputs, stride)
        return nn.Sequential(first, *[CIFARBlock(outputs, outputs, 1) for _ in range(blocks - 1)])

    def forward(self, x):
        x = self.bn1.rectify(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean(dim=(2, 3)))


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 3, stride, 1, bias=False)
        self.bn1 = Norm(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = Norm(planes)
        self.downsample = projection(inputs, planes, stride)

    def forward(self, x):
        y = self.bn1.rectify(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.bn2.rectify(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """The v1.5 bottleneck: the stride is on the 3x3 convolution."""

    expansion = 4

    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 1, bias=False)
        self.bn1 = Norm(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False)
        self.bn2 = Norm(planes)
        self.conv3 = nn.Conv2d(planes, planes * 4, 1, bias=False)
        self.bn3 = Norm(planes * 4)
        self.downsample = projection(inputs, planes * 4, stride)

    def forward(self, x):
        y = self.bn1.rectify(self.bn1(self.conv1(x)))
        y = self.bn2.rectify(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.bn3.rectify(y + (x if self.downsample is None else self.downsample(x)))


def projection(inputs, outputs, stride):
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), Norm(outputs))


class ImageResNet(nn.Module):
    """torchvision's ResNet; the "cifar" stem is 3x3 with stride 1 and has no max-pool."""

    def __init__(self, block, blocks, stem, channels, classes):
        super().__init__()
        large = stem == "imagenet"
        self.conv1 = nn.Conv2d(channels, 64, 7 if large else 3, 2 if large else 1, 3 if large else 1, bias=False)
        self.bn1 = Norm(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1) if large else nn.Identity()
        inputs = 64
        for number, count in enumerate(blocks):
            stage = []
            for position in range(count):
                stride = 2 if number > 0 and position == 0 else 1
                stage.append(block(inputs, 64 << number, stride))
                inputs = (64 << number) * block.expansion
            setattr(self, f"layer{number + 1}", nn.Sequential(*stage))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.maxpool(self.bn1.rectify(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean(dim=(2, 3)))


def perceptron(widths):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


# By name of the file: NHWC shape without N, and whether gradients are stored in full.
CASES = {
    "linear": dict(network="linear", stem=None, shape=[20], classes=7, batch=16, seed=1, full=True),
    "mlp": dict(network="mlp:256,128", stem=None, shape=[20], classes=7, batch=16, seed=1, full=True),
    "resnet8": dict(network="resnet8", stem="cifar", shape=[28, 28, 1], classes=10, batch=12, seed=1, full=True),
    "resnet20": dict(network="resnet20", stem="cifar", shape=[32, 32, 3], classes=10, batch=8, seed=1, full=False),
    "resnet18": dict(network="resnet18", stem="cifar", shape=[32, 32, 3], classes=10, batch=6, seed=1, full=False),
    "resnet18-imagenet": dict(
        network="resnet18", stem="imagenet", shape=[80, 72, 3], classes=10, batch=2, seed=1, full=False
    ),
    "resnet50": dict(network="resnet50", stem="cifar", shape=[32, 32, 3], classes=10, batch=4, seed=1, full=False),
}


def build(case):
    network, shape, classes = case["network"], case["shape"], case["classes"]
    if network == "linear":
        return perceptron([shape[0], classes])
    if network.startswith("mlp:"):
        return perceptron([shape[0], *map(int, network[4:].split(",")), classes])
    if network == "resnet18":
        return ImageResNet(BasicBlock, [2, 2, 2, 2], case["stem"], shape[-1], classes)
    if network == "resnet50":
        return ImageResNet(Bottleneck, [3, 4, 6, 3], case["stem"], shape[-1], classes)
    return CIFARResNet(int(network.removeprefix("resnet")), shape[-1], classes)


def last_norm(model, name):
    """The last batch norm of the residual branch that the named tensor is in, or None outside every block."""
    block = model.get_submodule(name.rpartition(".")[0].rpartition(".")[0])
    if isinstance(block, Bottleneck):
        return block.bn3
    return block.bn2 if isinstance(block, (BasicBlock, CIFARBlock)) else None


def tensor_list(model):
    """(name, shape, kind) in state-dict order, without the counters."""
    result = []
    for name, value in model.state_dict().items():
        owner = model.get_submodule(name.rpartition(".")[0])
        leaf = name.rpartition(".")[2]
        if leaf == "num_batches_tracked":
            continue
        if isinstance(owner, Norm):
            kind = {
                "weight": "normScale",
                "bias": "normShift",
                "running_mean": "runningMean",
                "running_var": "runningVariance",
            }[leaf]
            if kind == "normScale" and owner is last_norm(model, name):
                kind = "branchNormScale"
        elif isinstance(owner, nn.Conv2d):
            kind = "convolutionWeight"
        else:
            kind = "linearWeight" if leaf == "weight" else "linearBias"
        result.append((name, list(value.shape), kind))
    return result


# ---------------------------------------------------------------------------------------------------------------------
# What is measured


def inputs_and_labels(case):
    """The batch, NCHW for images, and the classes."""
    count = case["batch"] * math.prod(case["shape"])
    u = uniforms(case["seed"], 1000, count)
    x = torch.from_numpy((np.float32(2) * u - np.float32(1)).reshape([case["batch"], *case["shape"]]))
    if x.ndim == 4:
        x = x.permute(0, 3, 1, 2).contiguous()
    top = draws(case["seed"], 0, 1001, case["batch"]) >> np.uint64(40)
    labels = (top * np.uint64(case["classes"])) >> np.uint64(24)
    return x, torch.from_numpy(labels.astype(np.int64))


def derive(case):
    """The nudges by tensor name, and the state dict of single-precision values with them."""
    model = build(case)
    state = model.state_dict()
    for position, (name, shape, kind) in enumerate(tensor_list(model)):
        state[name] = torch.from_numpy(tensor_values(case["seed"], position, kind, shape))
    model.load_state_dict(state)
    model = model.double()
    norms = {name: module for name, module in model.named_modules() if isinstance(module, Norm)}
    for norm in norms.values():
        norm.settling = True
    with torch.no_grad():
        x, _ = inputs_and_labels(case)
        model(torch.cat([x, x]).double())
    nudges = {f"{name}.bias": norm.nudges for name, norm in norms.items() if norm.nudges is not None}
    for name, values in nudges.items():
        state[name] = state[name] + torch.from_numpy(values.astype(np.float32) * np.float32(NUDGE))
    return nudges, state


def problem(case, state, dtype):
    """A fresh model with its derived weights, the inputs and the labels."""
    model = build(case)
    model.load_state_dict(state)
    x, labels = inputs_and_labels(case)
    return model.to(dtype), x.to(dtype), labels


def numbers(tensor):
    return tensor.detach().double().numpy()


def measure(case, state, dtype):
    """Every quantity of a fixture as arrays of double precision, computed in `dtype`."""
    model, x, labels = problem(case, state, dtype)
    result = {}

    model.train()
    logits = model(x)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    result["trainLogits"] = numbers(logits)
    result["trainLoss"] = numbers(loss)
    result["gradients"] = {name: numbers(p.grad) for name, p in model.named_parameters()}
    result["statistics"] = {
        name: numbers(b) for name, b in model.named_buffers() if not name.endswith("num_batches_tracked")
    }

    model, x, labels = problem(case, state, dtype)
    model.eval()
    with torch.no_grad():
        logits = model(x)
        errors = F.softmax(logits, dim=1) - F.one_hot(labels, case["classes"])
        result["evaluationLogits"] = numbers(logits)
        result["evaluationLosses"] = numbers(F.cross_entropy(logits, labels, reduction="none"))
        result["el2n"] = numbers(errors.norm(dim=1))
    squares = {name: [] for name, _ in model.named_parameters()}
    for example in range(case["batch"]):
        model.zero_grad()
        F.cross_entropy(model(x[example : example + 1]), labels[example : example + 1]).backward()
        for name, parameter in model.named_parameters():
            squares[name].append(float(numbers(parameter.grad.double().square().sum())))
    result["exampleSquares"] = {name: np.array(values) for name, values in squares.items()}
    result["grand"] = np.sqrt(sum(result["exampleSquares"].values()))

    model, x, labels = problem(case, state, dtype)
    model.train()
    before = {name: numbers(value).copy() for name, value in model.state_dict().items()}
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4)
    losses = []
    for _ in range(10):
        optimiser.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        losses.append(float(numbers(loss)))
        optimiser.step()
    result["stepLosses"] = np.array(losses)
    after = {name: numbers(value) for name, value in model.state_dict().items()}
    result["finalNorms"] = {name: np.linalg.norm(after[name]) for name, _, _ in tensor_list(model)}
    result["changeNorms"] = {name: np.linalg.norm(after[name] - before[name]) for name, _, _ in tensor_list(model)}
    return result


def relative(a, b):
    """The largest |a - b| over the largest |b|, the worst tensor of a dictionary."""
    if isinstance(a, dict):
        return max((relative(a[name], b[name]) for name in a), default=0.0)
    return float(np.max(np.abs(a - b)) / np.max(np.abs(b)))


def single_precision(case, state, reference):
    single = measure(case, state, torch.float32)
    return {key: relative(single[key], reference[key]) for key in reference}


# ---------------------------------------------------------------------------------------------------------------------
# The file


def packed(values, dtype="<f8"):
    return base64.b64encode(np.ascontiguousarray(values, dtype=dtype).tobytes()).decode()


def checksum(values):
    """Sum of (2k + 1) * bits of the k-th single-precision value, modulo 2^64, in hexadecimal."""
    bits = np.ascontiguousarray(values, dtype=np.float32).reshape(-1).view(np.uint32).astype(np.uint64)
    odd = np.arange(bits.size, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return f"{int((bits * odd).sum(dtype=np.uint64)):016x}"


def generated(values):
    flat = values.reshape(-1).astype(np.float64)
    return dict(checksum=checksum(values), sum=float(flat.sum()), first=packed(flat[:4], "<f4"))


def summary(case, position, gradient):
    flat = gradient.reshape(-1)
    signs = draws(case["seed"], 1, position, flat.size)
    projections = []
    for number in range(8):
        minus = (signs >> np.uint64(63 - number)) & np.uint64(1)
        projections.append(math.fsum(np.where(minus == 1, -flat, flat)))
    entries = flat[np.arange(16) * flat.size // 16]
    return dict(
        sum=math.fsum(flat),
        norm=float(np.linalg.norm(flat)),
        projections=packed(projections),
        entries=packed(entries),
    )


def write(name, case):
    nudges, state = derive(case)
    model, x, labels = problem(case, state, torch.float64)
    reference = measure(case, state, torch.float64)
    single = single_precision(case, state, reference)

    rows = []
    for position, (tensor, shape, kind) in enumerate(tensor_list(model)):
        row = dict(name=tensor, shape=shape, kind=kind)
        if tensor in nudges:
            row["nudges"] = packed(nudges[tensor], "i1")
        row["generated"] = generated(state[tensor].numpy())
        if tensor in reference["gradients"]:
            row["gradient"] = summary(case, position, reference["gradients"][tensor])
            if case["full"]:
                row["gradient"]["values"] = packed(reference["gradients"][tensor], "<f4")
            row["exampleSquaredNorms"] = packed(reference["exampleSquares"][tensor])
        else:
            row["updatedStatistic"] = packed(reference["statistics"][tensor], "<f4")
        row["normAfterSteps"] = float(reference["finalNorms"][tensor])
        row["changeAfterSteps"] = float(reference["changeNorms"][tensor])
        rows.append(row)

    nhwc = x.permute(0, 2, 3, 1) if x.ndim == 4 else x
    fixture = dict(
        about="Made by generate_golden.py, which defines every field.",
        versions=dict(python=platform.python_version(), torch=torch.__version__, numpy=np.__version__),
        network=case["network"],
        stem=case["stem"],
        shape=case["shape"],
        classes=case["classes"],
        batch=case["batch"],
        seed=case["seed"],
        input=generated(nhwc.numpy().astype(np.float32)),
        labels=labels.tolist(),
        training=dict(loss=float(reference["trainLoss"]), logits=packed(reference["trainLogits"])),
        evaluation=dict(
            loss=float(reference["evaluationLosses"].mean()),
            losses=packed(reference["evaluationLosses"]),
            logits=packed(reference["evaluationLogits"]),
            el2n=packed(reference["el2n"]),
            grand=packed(reference["grand"]),
        ),
        stepLosses=packed(reference["stepLosses"]),
        singlePrecision=single,
        tensors=rows,
    )
    path = HERE / f"golden-{name}.json"
    path.write_text(json.dumps(fixture, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes, single precision off by {max(single.values()):.1e}")

    if name == "resnet8":
        # As torch.save would have it: single precision, with the int64 counters.
        path = HERE / "resnet8.safetensors"
        safetensors.torch.save_file(state, path, metadata={"format": "pt"})
        print(f"{path.name}: {path.stat().st_size} bytes, by safetensors {safetensors.__version__}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *CASES], help="fixtures to write (default: all)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name in options.names or CASES:
        write(name, CASES[name])


if __name__ == "__main__":
    main()
