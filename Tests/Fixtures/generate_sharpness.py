"""Writes golden-sharpness.json: ten steps of SAM and of ASAM on the resnet8 of generate_golden.py, by PyTorch.

    python3 -m venv .venv && .venv/bin/pip install torch numpy safetensors
    .venv/bin/python Tests/Fixtures/generate_sharpness.py

Network, weights, inputs and labels are those of the fixture `resnet8`. Every step is written from the formulas of
Foret et al. (2021) and Kwon et al. (2021), in double precision: the gradient g at w; eps = rho g / (||g|| + 1e-12), or
rho w^2 g / (|| |w| g || + 1e-12), over all parameters together; the gradient at w + eps, with the running statistics of
batch norm as they are; then torch.optim.SGD at w with learning rate 0.01, Nesterov momentum 0.9 and weight decay 5e-4.

Of each method: `losses` and `perturbedLosses` before each step; for each tensor of the state dict the norm and sixteen
entries, floor(k * count / 16), after the steps, and the norm of what the steps changed; for each parameter norm and
entries of the first step's second gradient. `singlePrecision` is how far PyTorch's own single-precision run is off, as
in generate_golden.py. Ten steps are not protected from activations that fall on the other side of a rectifier in single
precision, which move a shift of a batch norm by some 1e-4 of its size, by 2e-4 with a radius of 0.5 for ASAM. The
quadratic example is 0.5 w' diag(2, -0.5) w at (0.3, 0.4).

The committed file was made with Python 3.11.7, PyTorch 2.15.0 and NumPy 2.4.6, on one thread.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import generate_golden as golden

STEPS, RATE = 10, 0.01
METHODS = [("sam", 0.05), ("asam", 1.0)]


def climb(parameters, kind, radius):
    """Moves the parameters by eps, by their gradients; gives copies of what they were."""
    with torch.no_grad():
        before = [p.clone() for p in parameters]
        scaled = [p.grad if kind == "sam" else p.abs() * p.grad for p in parameters]
        norm = torch.cat([s.flatten() for s in scaled]).norm()
        for p, old in zip(parameters, before):
            p += radius / (norm + 1e-12) * (p.grad if kind == "sam" else old**2 * p.grad)
    return before


def set_momentum(model, momentum):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = momentum


def steps(case, state, dtype, kind, radius):
    model, x, labels = golden.problem(case, state, dtype)
    model.train()
    parameters = list(model.parameters())
    before = {name: golden.numbers(value).copy() for name, value in model.state_dict().items()}
    optimiser = torch.optim.SGD(parameters, lr=RATE, momentum=0.9, nesterov=True, weight_decay=5e-4)
    losses, perturbed, gradients = [], [], {}
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        losses.append(loss.item())
        old = climb(parameters, kind, radius)
        optimiser.zero_grad()
        set_momentum(model, 0.0)
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        set_momentum(model, 0.1)
        perturbed.append(loss.item())
        if not gradients:
            gradients = {name: golden.numbers(p.grad).copy() for name, p in model.named_parameters()}
        with torch.no_grad():
            for p, value in zip(parameters, old):
                p.copy_(value)
        optimiser.step()
    after = {name: golden.numbers(value) for name, value in model.state_dict().items()}
    names = [name for name, _, _ in golden.tensor_list(model)]
    return {
        "losses": np.array(losses),
        "perturbedLosses": np.array(perturbed),
        "gradients": gradients,
        "tensors": {name: after[name] for name in names},
        "changes": {name: np.linalg.norm(after[name] - before[name]) for name in names},
    }


def entries(values):
    flat = values.reshape(-1)
    return flat[np.arange(16) * flat.size // 16].tolist()


def measured(case, state, kind, radius):
    found = steps(case, state, torch.float64, kind, radius)
    single = steps(case, state, torch.float32, kind, radius)
    tensors = []
    for name, values in found["tensors"].items():
        row = {
            "name": name,
            "norm": float(np.linalg.norm(values)),
            "change": float(found["changes"][name]),
            "entries": entries(values),
        }
        if name in found["gradients"]:
            gradient = found["gradients"][name]
            row["gradient"] = {"norm": float(np.linalg.norm(gradient)), "entries": entries(gradient)}
        tensors.append(row)
    return {
        "kind": kind,
        "radius": radius,
        "losses": found["losses"].tolist(),
        "perturbedLosses": found["perturbedLosses"].tolist(),
        "singlePrecision": {key: golden.relative(single[key], found[key]) for key in found},
        "tensors": tensors,
    }


def quadratic(kind, radius):
    w = torch.tensor([0.3, 0.4], dtype=torch.float64, requires_grad=True)
    curvature = torch.tensor([2.0, -0.5], dtype=torch.float64)

    def gradient():
        w.grad = None
        (0.5 * (curvature * w * w).sum()).backward()
        return w.grad.tolist()

    first = gradient()
    (before,) = climb([w], kind, radius)
    return {
        "kind": kind,
        "radius": radius,
        "weights": before.tolist(),
        "gradient": first,
        "perturbation": (w.detach() - before).tolist(),
        "perturbedGradient": gradient(),
    }


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    case = golden.CASES["resnet8"]
    _, state = golden.derive(case)
    fixture = {
        "quadratic": [quadratic(kind, 0.1) for kind, _ in METHODS],
        "methods": [measured(case, state, kind, radius) for kind, radius in METHODS],
    }
    path = pathlib.Path(__file__).with_name("golden-sharpness.json")
    path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
    for method in fixture["methods"]:
        print(method["kind"], method["losses"], method["perturbedLosses"], method["singlePrecision"])
    print(fixture["quadratic"])


if __name__ == "__main__":
    main()
