"""Writes golden-objective.json: PyTorch's cross-entropy of logits against labels, smoothed labels and shares of classes.

    python3 -m venv .venv && .venv/bin/pip install torch numpy
    .venv/bin/python Tests/Fixtures/generate_objective.py

Everything is in double precision; logits, shares and weights are multiples of 2^-10, which are exact in single precision.
`losses` are those of each example (`reduction="none"`), `gradient` is that of Σ weight · loss / examples with respect to
the logits, row by row. The committed file was made with PyTorch 2.15.0 and NumPy 2.4.6.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

EXAMPLES, CLASSES = 6, 5
STEP = 2.0**-10


def rounded(values):
    return np.round(values / STEP) * STEP


def measured(logits, target, weights, **options):
    logits = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    losses = F.cross_entropy(logits, target, reduction="none", **options)
    (losses * torch.tensor(weights)).sum().div(len(losses)).backward()
    return {"losses": losses.detach().tolist(), "gradient": logits.grad.flatten().tolist()}


def main():
    random = np.random.default_rng(15)
    logits = rounded(random.normal(0, 3, (EXAMPLES, CLASSES)))
    labels = random.integers(0, CLASSES, EXAMPLES)
    weights = rounded(random.uniform(0.25, 2, EXAMPLES))
    # Rows that do not sum to 1 among them, and shares of nothing.
    shares = rounded(random.uniform(0, 0.5, (EXAMPLES, CLASSES)))
    shares[0] = 0
    shares[1, 2:] = 0
    target = torch.tensor(labels)
    golden = {
        "classes": CLASSES,
        "logits": logits.flatten().tolist(),
        "labels": labels.tolist(),
        "weights": weights.tolist(),
        "shares": shares.flatten().tolist(),
        "ofLabels": measured(logits, target, weights),
        "ofShares": measured(logits, torch.tensor(shares), weights),
        "smoothed": [
            {"smoothing": smoothing, **measured(logits, target, weights, label_smoothing=smoothing)}
            for smoothing in (0.1, 0.25, 1.0)
        ],
    }
    path = pathlib.Path(__file__).with_name("golden-objective.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
