"""Writes golden-adaptive-weights.json: Group DRO, CVaR, learning from failure and the generalized cross-entropy.

    python3 -m venv .venv && .venv/bin/pip install torch numpy
    .venv/bin/python Tests/Fixtures/generate_adaptive_weights.py

Everything is in double precision, gradients are PyTorch's own; logits and weights are multiples of 2^-10, which are exact
in single precision. Each method sees the same batches one after the other and carries its state from one to the next.
CVaR is computed by its dual, min over eta of eta Σw / m + Σ w max(l - eta, 0) / (share m), whose minimum lies at one of
the losses, and not by sorting. The committed file was made with PyTorch 2.15.0 and NumPy 2.4.6.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

EXAMPLES, CLASSES, BATCH, BATCHES = 12, 5, 6, 5
STEP = 2.0**-10


def rounded(values):
    return np.round(values / STEP) * STEP


def losses_of(batch, labels, key="logits"):
    logits = torch.tensor(batch[key], dtype=torch.float64).reshape(-1, CLASSES).requires_grad_(True)
    target = torch.tensor(labels)[batch["examples"]]
    return logits, target, F.cross_entropy(logits, target, reduction="none")


def weights_of(batch, weighted):
    return torch.tensor(batch["weights"] if weighted else [1.0] * BATCH, dtype=torch.float64)


def result(loss, logits, **more):
    (gradient,) = torch.autograd.grad(loss, logits)
    return {"loss": loss.item(), "gradient": gradient.flatten().tolist(), **more}


def group_dro(batches, labels, groups, sizes, step, adjustment, weighted):
    count = len(sizes)
    q = torch.full((count,), 1 / count, dtype=torch.float64)
    found = []
    for batch in batches:
        logits, _, losses = losses_of(batch, labels)
        weights = weights_of(batch, weighted)
        membership = F.one_hot(torch.tensor(groups)[batch["examples"]], count).double().T * weights
        mass = membership.sum(1)
        mean = (membership @ losses) / (mass + (mass == 0))
        q = q * torch.exp(step * (mean.detach() + adjustment / torch.tensor(sizes).double().sqrt()))
        q = q / q.sum()
        found.append(result((q * mean).sum(), logits, shares=q.tolist()))
    return {"step": step, "adjustment": adjustment, "weighted": weighted, "batches": found}


def tail(batches, labels, share, weighted):
    found = []
    for batch in batches:
        logits, _, losses = losses_of(batch, labels)
        weights = weights_of(batch, weighted)

        def dual(eta):
            return eta * weights.sum() / BATCH + (weights * (losses - eta).clamp(min=0)).sum() / (share * BATCH)

        values = torch.stack([dual(eta) for eta in losses])
        # At the best eta the clamp has a kink in one example, whose own difference is 0 and gets no gradient.
        best = int(values.argmin())
        above = losses.detach() > losses[best].detach()
        loss = losses[best] * weights.sum() / BATCH + (
            weights[above] * (losses[above] - losses[best])
        ).sum() / (share * BATCH)
        assert abs(loss.item() - values.min().item()) < 1e-12
        found.append(result(loss, logits))
    return {"share": share, "weighted": weighted, "batches": found}


class Average:
    """The moving average of the losses of every example, as LfF's own `EMA`."""

    def __init__(self, labels):
        self.values = torch.zeros(EXAMPLES, dtype=torch.float64)
        self.seen = torch.zeros(EXAMPLES, dtype=torch.float64)
        self.labels = torch.tensor(labels)

    def update(self, losses, examples):
        kept = 0.7 * self.seen[examples]
        self.values[examples] = kept * self.values[examples] + (1 - kept) * losses
        self.seen[examples] = 1

    def normalised(self, examples):
        tops = torch.stack([self.values[self.labels == c].max() for c in range(CLASSES)])
        return self.values[examples] / tops[self.labels[examples]]


def failures(batches, labels):
    biased, own = Average(labels), Average(labels)
    found = []
    for batch in batches:
        examples = torch.tensor(batch["examples"])
        _, _, biased_losses = losses_of(batch, labels, "biasedLogits")
        logits, _, losses = losses_of(batch, labels)
        biased.update(biased_losses.detach(), examples)
        own.update(losses.detach(), examples)
        b, d = biased.normalised(examples), own.normalised(examples)
        weights = b / (b + d + 1e-8)
        found.append(
            result((weights * losses).mean(), logits, weights=weights.tolist(), biasedLosses=biased_losses.tolist()))
    return found


def generalized(batches, labels, exponent):
    found = []
    for batch in batches:
        logits, target, _ = losses_of(batch, labels)
        probability = logits.softmax(1).gather(1, target[:, None])[:, 0]
        found.append(result(((1 - probability**exponent) / exponent).mean(), logits))
    return {"exponent": exponent, "batches": found}


def main():
    random = np.random.default_rng(21)
    labels = [example % CLASSES for example in range(EXAMPLES)]
    groups = [0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 2, 0]
    sizes = [100, 40, 7]
    batches = [
        {
            # Without replacement; the last group is in few of the batches.
            "examples": random.permutation(EXAMPLES)[:BATCH].tolist(),
            "logits": rounded(random.normal(0, 3, BATCH * CLASSES)).tolist(),
            "biasedLogits": rounded(random.normal(0, 3, BATCH * CLASSES)).tolist(),
            "weights": rounded(random.uniform(0.25, 2, BATCH)).tolist(),
        }
        for _ in range(BATCHES)
    ]
    golden = {
        "classes": CLASSES,
        "labels": labels,
        "groups": groups,
        "groupSizes": sizes,
        "batches": batches,
        "groupDRO": [
            group_dro(batches, labels, groups, sizes, step, adjustment, weighted)
            for step, adjustment, weighted in ((0.01, 0.0, False), (0.5, 2.0, False), (0.5, 2.0, True))
        ],
        "tails": [
            tail(batches, labels, share, weighted)
            for share in (1.0, 0.5, 0.3, 0.05)
            for weighted in (False, True)
        ],
        "failures": failures(batches, labels),
        "generalized": [generalized(batches, labels, exponent) for exponent in (0.7, 1.0)],
    }
    path = pathlib.Path(__file__).with_name("golden-adaptive-weights.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
