"""Writes golden-long-tail-losses.json: losses for long-tailed data, by PyTorch's autograd in double precision.

    python3 -m venv .venv && .venv/bin/pip install torch numpy
    .venv/bin/python Tests/Fixtures/generate_long_tail_losses.py

Every loss is written here from its paper's formula with PyTorch's functions, and differentiated by autograd. Logits and
weights are numbers of single precision. `loss` is Σ weight · loss / divisor, the divisor being
the examples (`batch`) or the sum of their weights (`weight-sum`); `gradient` is with respect to the logits, row by row.
The cases named `small` are four rows by hand, with counts 100, 40, 10 and 2.
"""

import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

SMALL = [[2, 1, 0.5, -1], [0.3, 0.8, -0.2, 0.1], [1.5, -0.5, 0.7, 0.2], [0, 0.4, 0.9, 0.6]]
SMALL_COUNTS = [100, 40, 10, 2]


IS_EXACT = False


def rounded(values):
    """Numbers of single precision, but for the printed table."""
    values = np.asarray(values, dtype=np.float64)
    return values if IS_EXACT else values.astype(np.float32).astype(np.float64)


def effective(counts, beta):
    counts = np.asarray(counts, dtype=np.float64)
    weights = np.ones_like(counts) if beta == 0 else (1 - beta) / (1 - beta**counts)
    return weights / weights.sum() * len(counts)


def margins(counts, largest):
    raw = 1 / np.sqrt(np.sqrt(np.asarray(counts, dtype=np.float64)))
    return torch.tensor(raw * (largest / raw.max()))


def row_losses(kind, z, y, counts, norms=None, **p):
    """The loss of every example; `kind` as the product calls it."""
    n = torch.tensor(counts, dtype=torch.float64)
    pi = n / n.sum()
    rows = torch.arange(len(y))
    one_hot = F.one_hot(y, len(counts)).double()
    if kind == "cross-entropy":
        return F.cross_entropy(z, y, reduction="none")
    if kind == "focal":
        ce = F.cross_entropy(z, y, reduction="none")
        return (1 - torch.exp(-ce)) ** p["exponent"] * ce
    if kind == "sigmoid":
        g = p["exponent"]
        bce = F.binary_cross_entropy_with_logits(z, one_hot, reduction="none")
        modulator = torch.exp(-g * one_hot * z - g * torch.log1p(torch.exp(-z))) if g else 1
        return (modulator * bce).sum(1)
    if kind == "margin-softmax":
        m = margins(counts, p["margin"]) * p["scale"]
        return F.cross_entropy(z - one_hot * m, y, reduction="none")
    if kind == "margin-hinge":
        m = margins(counts, p["margin"]) * p["scale"]
        rival = z.masked_fill(one_hot.bool(), -math.inf).max(1).values
        return torch.clamp(rival - z[rows, y] + m[y], min=0)
    if kind == "vector-scaling":
        delta = (n.max() / n) ** p["gamma"]
        return F.cross_entropy(z / delta + p["tau"] * torch.log(pi), y, reduction="none")
    if kind == "radius-margin":
        r = margins(counts, p["radius"])[y][:, None]
        return F.cross_entropy(z + torch.where(one_hot.bool(), -r, r) * norms, y, reduction="none")
    if kind == "soft-f1":
        halves = torch.tensor(p["halves"], dtype=torch.float64)
        if len(counts) == 2:
            positive = 0 if counts[0] < counts[1] else 1
            weight = torch.where(y == positive, 1 - halves[positive], halves[positive])
            return weight * F.cross_entropy(z, y, reduction="none")
        bce = F.binary_cross_entropy_with_logits(z, one_hot, reduction="none")
        return (bce * torch.where(one_hot.bool(), 1 - halves, halves)).mean(1)
    if kind == "label-aware-smoothing":
        low, high = n.min(), n.max()
        smooth = p["tail"] + (p["head"] - p["tail"]) * torch.sin((n - low) * math.pi / (2 * (high - low)))
        s = smooth[y]
        logp = F.log_softmax(z, 1)
        return -(1 - s) * logp[rows, y] - s * logp.mean(1)
    raise ValueError(kind)


def soft_f1_halves(z, y, counts, floor, kept):
    """F1/2 after one batch, from sums that were 0."""
    z = np.asarray(z)
    if len(counts) == 2:
        positive = 0 if counts[0] < counts[1] else 1
        p = 1 / (1 + np.exp(-(z[:, positive] - z[:, 1 - positive])))
        t = (np.asarray(y) == positive).astype(float)
        half = (t * p).mean() / (t + p).mean()
        return [float(np.clip(half, floor, 1 - floor))] * 2
    p = 1 / (1 + np.exp(-z))
    t = np.eye(len(counts))[np.asarray(y)]
    return np.clip((t * p).mean(0) / (t + p).mean(0), floor, 1 - floor).tolist()


def case(name, kind, logits, labels, counts, weights=None, reduction="batch", **p):
    logits = rounded(logits)
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    y = torch.tensor(labels)
    given = np.ones(len(labels)) if weights is None else rounded(weights)
    w = torch.tensor(given)
    if kind == "soft-f1":
        p["halves"] = soft_f1_halves(logits, labels, counts, p["floor"], p["kept"])
    extra = {}
    norms = None
    if "norms" in p:
        norms = torch.tensor(p.pop("norms"), dtype=torch.float64, requires_grad=True)
        extra["norms"] = norms.detach().tolist()
    losses = row_losses(kind, z, y, counts, norms=norms, **p)
    divisor = w.sum() if reduction == "weight-sum" else len(labels)
    loss = (losses * w).sum() / divisor
    loss.backward()
    if norms is not None:
        extra["normGradient"] = norms.grad.tolist()
    return {
        "name": name, "kind": kind, "classes": len(counts), "counts": list(map(float, counts)),
        "logits": logits.flatten().tolist(), "labels": list(map(int, labels)), "reduction": reduction,
        "weights": None if weights is None else given.tolist(), "loss": loss.item(),
        "gradient": z.grad.flatten().tolist(), "parameters": {k: v for k, v in p.items() if k != "halves"}, **extra,
    }


def small_cases():
    cb = effective(SMALL_COUNTS, 0.9999)
    a, b = [0, 1, 2, 3], [0, 0, 1, 3]
    x = 30 * np.tanh(np.asarray(SMALL) / 2)
    found = []

    def add(name, kind, labels=a, logits=SMALL, weighted=False, reduction="batch", **p):
        weights = cb[labels] if weighted else None
        found.append(case("small " + name, kind, logits, labels, SMALL_COUNTS, weights, reduction, **p))

    add("ce A", "cross-entropy")
    add("ce B", "cross-entropy", b)
    for batch, labels in [("A", a), ("B", b)]:
        for reduction in ["weight-sum", "batch"]:
            add(f"cb {reduction} {batch}", "cross-entropy", labels, weighted=True, reduction=reduction)
        add(f"cb focal {batch}", "focal", labels, weighted=True, exponent=1.0)
        add(f"ldam {batch}", "margin-softmax", labels, logits=x, margin=0.5, scale=30.0)
        add(f"ldam weight-sum {batch}", "margin-softmax", labels, logits=x, weighted=True, reduction="weight-sum",
            margin=0.5, scale=30.0)
    for exponent in [1.0, 2.0]:
        add(f"focal {exponent} A", "focal", exponent=exponent)
    for exponent in [0.0, 1.0, 2.0]:
        add(f"cb sigmoid {exponent} B", "sigmoid", b, weighted=True, exponent=exponent)
    add("ldam-hg A", "margin-hinge", logits=np.tanh(np.asarray(SMALL) / 2), margin=0.5, scale=1.0)
    for tau in [0.5, 1.0, 1.5]:
        add(f"la {tau} A", "vector-scaling", gamma=0.0, tau=tau)
    add("la 1 B", "vector-scaling", b, gamma=0.0, tau=1.0)
    for gamma, tau in [(0.15, 1.25), (0.3, 1.0), (0.05, 0.75), (0.15, 0.0), (0.3, 0.0), (0.05, 0.0)]:
        add(f"vs {gamma} {tau} A", "vector-scaling", gamma=gamma, tau=tau)
    add("vs 0.15 1.25 B", "vector-scaling", b, gamma=0.15, tau=1.25)
    add("vs 0.15 1.25 weight-sum B", "vector-scaling", b, weighted=True, reduction="weight-sum", gamma=0.15, tau=1.25)
    add("las A", "label-aware-smoothing", head=0.3, tail=0.0)
    return found


def random_cases():
    random = np.random.default_rng(17)
    found = []
    for classes, examples, spread, counts in [
        (5, 12, 3.0, [500, 120, 60, 9, 1]), (2, 9, 2.0, [80, 7]), (3, 6, 1e4, [10, 200, 1]),
    ]:
        for kind, p in [
            ("focal", {"exponent": 0.5}), ("focal", {"exponent": 2.0}), ("sigmoid", {"exponent": 0.0}),
            ("sigmoid", {"exponent": 1.0}), ("margin-softmax", {"margin": 0.5, "scale": 30.0}),
            ("margin-hinge", {"margin": 0.5, "scale": 2.0}), ("vector-scaling", {"gamma": 0.2, "tau": 1.2}),
            ("radius-margin", {"radius": 0.5}), ("soft-f1", {"floor": 0.05, "kept": 0.9}),
            ("label-aware-smoothing", {"head": 0.4, "tail": 0.1}),
        ]:
            # PyTorch's own formulas overflow or differ by rounding there.
            if spread > 100 and (kind in ("sigmoid", "soft-f1") or kind == "focal"):
                continue
            logits = rounded(random.normal(0, spread, (examples, classes)))
            labels = random.integers(0, classes, examples)
            weights = rounded(random.uniform(0.25, 2, examples))
            extra = {"norms": np.abs(random.normal(1, 0.3, classes))} if kind == "radius-margin" else {}
            found.append(case(f"{kind} {p} {classes}", kind, logits, labels, counts, weights, "weight-sum", **p, **extra))
    return found


def tables():
    cifar = [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
    return {
        "counts": cifar, "margins": margins(cifar, 0.5).tolist(),
        "effectiveNumberWeights": effective(cifar, 0.9999).tolist(),
        "smallWeights": effective(SMALL_COUNTS, 0.9999).tolist(), "smallMargins": margins(SMALL_COUNTS, 0.5).tolist(),
        "logShares": np.log(np.array(cifar) / sum(cifar)).tolist(),
        "divisors": ((5000 / np.array(cifar, dtype=np.float64)) ** 0.15).tolist(),
    }


def main():
    global IS_EXACT
    path = pathlib.Path(__file__).with_name("golden-long-tail-losses.json")
    path.write_text(json.dumps({"cases": small_cases() + random_cases(), "tables": tables()}) + "\n")
    # The values of the four rows in double throughout, to compare with what others computed.
    IS_EXACT = True
    for entry in small_cases():
        print(f"{entry['name']:28} {entry['loss']:.10f}")


if __name__ == "__main__":
    main()
