"""The networks of this package as one writes them in PyTorch, and what the peer scripts share.

Same architectures and state-dict names as the package: CIFAR networks of He et al. (2016) with option-A shortcuts,
torchvision's resnet18 with a 3x3 stem and no max-pool, `linear`, and `mlp:` with the widths of its hidden layers.
Rectifiers work in place, as torchvision's do.
"""

import gzip
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def peak_rss():
    """The largest resident set so far, in bytes; ru_maxrss would start from what the parent process had."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


# What Python with torch takes before any work; builds for CUDA take twice what CPU-only ones do.
BASELINE_RSS = peak_rss()


class CIFARBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.padding = (outputs - inputs) // 2
        self.stride = stride

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        if self.stride != 1:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.padding, self.padding))
        return F.relu(y + x, inplace=True)


class CIFARResNet(nn.Module):
    def __init__(self, depth, channels, classes):
        super().__init__()
        blocks = (depth - 2) // 6
        self.conv1 = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self.stage(16, 16, blocks, 1)
        self.layer2 = self.stage(16, 32, blocks, 2)
        self.layer3 = self.stage(32, 64, blocks, 2)
        self.linear = nn.Linear(64, classes)

    @staticmethod
    def stage(inputs, outputs, blocks, stride):
        first = CIFARBlock(inputs, outputs, stride)
        return nn.Sequential(first, *[CIFARBlock(outputs, outputs, 1) for _ in range(blocks - 1)])

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean(dim=(2, 3)))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)), inplace=True)


class ResNet18(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        for number in range(4):
            outputs = 64 << number
            inputs, stride = (64, 1) if number == 0 else (outputs // 2, 2)
            stage = nn.Sequential(BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1))
            setattr(self, f"layer{number + 1}", stage)
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean(dim=(2, 3)))


def perceptron(sizes):
    """Linear layers between the sizes, with rectifiers in between."""
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers[:-1])


def build(network, channels, classes):
    """A network by the package's name, channels-last, with the initial weights of the parity recipe.

    Of `linear` and `mlp:`, `channels` is the length of the vectors they read.

    Convolutions: Kaiming normal, fan out, gain of ReLU. Linear layers: PyTorch's default, uniform within
    1 / sqrt(fan_in) for weight and bias. Batch norm: scale 1, shift 0.
    """
    if network == "linear":
        return perceptron([channels, classes])
    if network.startswith("mlp:"):
        return perceptron([channels, *map(int, network[4:].split(",")), classes])
    model = ResNet18(channels, classes) if network == "resnet18" else CIFARResNet(int(network[6:]), channels, classes)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model.to(memory_format=torch.channels_last)


def sgd(model, rate=0.1):
    """The optimiser of every script; the fused form is the fastest that PyTorch has on a CPU."""
    return torch.optim.SGD(
        model.parameters(), lr=rate, momentum=0.9, nesterov=True, weight_decay=5e-4, fused=True
    )


def sharpness_aware_step(model, optimiser, radius=0.05):
    """A function of (images, labels) that does one step of SAM (Foret et al., 2021) around an optimiser.

    Over all parameters at once, by the operators for lists of tensors that torch.optim uses, the fastest there are; the
    running statistics of batch norm stay as they are in the second pass.
    """
    parameters = list(model.parameters())
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    saved = [torch.empty_like(parameter) for parameter in parameters]

    def backward(images, labels):
        optimiser.zero_grad(set_to_none=True)
        F.cross_entropy(model(images), labels).backward()

    def step(images, labels):
        backward(images, labels)
        with torch.no_grad():
            gradients = [parameter.grad for parameter in parameters]
            norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
            torch._foreach_copy_(saved, parameters)
            torch._foreach_mul_(gradients, radius / (norm + 1e-12))
            torch._foreach_add_(parameters, gradients)
        for module in norms:
            module.momentum = 0.0
        backward(images, labels)
        for module in norms:
            module.momentum = 0.1
        with torch.no_grad():
            torch._foreach_copy_(parameters, saved)
        optimiser.step()

    return step


def cosine(optimiser, steps):
    """The rate of step s of `steps`, counted from 0, times (1 + cos(pi s / steps)) / 2."""
    return torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)


def read_idx(path):
    """The array of an IDX file of bytes, gzipped or not."""
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    dimensions = raw[3]
    shape = np.frombuffer(raw, ">i4", dimensions, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def load_idx(directory, names=("train", "t10k")):
    """Normalised images (channels last) and labels of each part, by the mean and deviation of the first part's pixels.

    Everything happens in place: a copy of the images in double precision would cost 376 MB.
    """
    directory = pathlib.Path(directory)
    parts, mean, deviation = [], None, None
    for name in names:
        found = sorted(directory.glob(f"{name}-images*idx3*")) + sorted(directory.glob(f"{name}-labels*idx1*"))
        if len(found) != 2:
            raise SystemExit(f"{directory} has no {name}-images-idx3-ubyte[.gz] with its labels")
        pixels = read_idx(found[0])
        if mean is None:
            counts = sum(np.bincount(part.ravel(), minlength=256) for part in np.array_split(pixels, 100))
            values = (np.arange(256, dtype=np.float32) / np.float32(255)).astype(np.float64)
            mean = (counts * values).sum() / counts.sum()
            deviation = ((counts * (values - mean) ** 2).sum() / counts.sum()) ** 0.5
        images = torch.empty(pixels.shape, dtype=torch.float32)
        images.numpy()[...] = pixels
        images.div_(255).sub_(float(np.float32(mean))).div_(float(np.float32(deviation)))
        images = images.unsqueeze(1).to(memory_format=torch.channels_last)
        parts += [images, torch.from_numpy(read_idx(found[1]).astype(np.int64))]
    return parts


def gradient_norms(model):
    """A function of (images, labels) to per-example gradient norms and logits, all parameters, evaluation mode."""
    model.eval()
    parameters = {name: value.detach() for name, value in model.named_parameters()}
    buffers = dict(model.named_buffers())

    def loss(parameters, image, label):
        logits = torch.func.functional_call(model, (parameters, buffers), (image.unsqueeze(0),))
        return F.cross_entropy(logits, label.unsqueeze(0)), logits.squeeze(0)

    def norm(image, label):
        gradients, logits = torch.func.grad(loss, has_aux=True)(parameters, image, label)
        # vector_norm reads each gradient once; squaring first would write all of them again.
        norms = [torch.linalg.vector_norm(gradient) for gradient in gradients.values()]
        return torch.linalg.vector_norm(torch.stack(norms)), logits

    def norms(images, labels, chunk):
        return torch.func.vmap(norm, chunk_size=chunk)(images, labels)

    return norms


def emit(**fields):
    """One line of JSON on standard output."""
    print(json.dumps({"engine": "pytorch", "version": torch.__version__, **fields}), flush=True)
