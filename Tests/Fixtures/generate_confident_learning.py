"""Writes golden-confident-learning.json: what cleanlab makes of some labels and probabilities.

    python -m venv .venv && .venv/bin/pip install cleanlab==2.9.0
    .venv/bin/python Tests/Fixtures/generate_confident_learning.py
"""

import json
import pathlib

import cleanlab
import numpy as np
from cleanlab.count import compute_confident_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

FILTERS = {
    "prune-by-noise-rate": "prune_by_noise_rate",
    "prune-by-class": "prune_by_class",
    "both": "both",
    "confident-joint": "confident_learning",
}
QUALITIES = {
    "self-confidence": "self_confidence",
    "normalized-margin": "normalized_margin",
    "confidence-weighted-entropy": "confidence_weighted_entropy",
}


def has_tie(joint, labels):
    """Whether rounding the calibrated joint has to choose among equals, which the reference leaves to the sort."""
    counts = np.bincount(labels, minlength=len(joint))
    scaled = joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-100) * counts[:, None]
    scaled = scaled / scaled.sum() * counts.sum()
    for row in scaled:
        differences = np.sort(row - row.round())
        excess = int(round(row.round().sum() - row.sum()))
        if excess and not excess % len(row) == 0:
            place = excess if excess > 0 else len(row) + excess
            if differences[place] - differences[place - 1] < 1e-9:
                return True
    return False


def case(seed, *arguments, **options):
    """The first case from a seed on without ties."""
    while True:
        result, joint, labels = attempt(seed, *arguments, **options)
        if not has_tie(joint, labels):
            return result
        seed += 100


def attempt(seed, count, classes, sharpness, noise, absent=()):
    generator = np.random.default_rng(seed)
    # Uneven classes; some probabilities belong to no example's label.
    present = [k for k in range(classes) if k not in absent]
    weights = np.array([1 / (1 + k) for k in range(len(present))])
    truth = generator.choice(present, size=count, p=weights / weights.sum())
    logits = generator.normal(size=(count, classes))
    logits[np.arange(count), truth] += sharpness
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    # Six decimals, as they are in the file; single precision, as they are read.
    probabilities = np.float32(np.round(probabilities, 6)).astype(np.float64)
    labels = truth.copy()
    flipped = generator.random(count) < noise
    labels[flipped] = generator.choice(present, size=flipped.sum())
    raw = compute_confident_joint(labels, probabilities, calibrate=False)
    calibrated = compute_confident_joint(labels, probabilities, calibrate=True)
    thresholds = get_confident_thresholds(labels, probabilities)
    result = {
        "labels": labels.tolist(),
        "probabilities": [[round(float(p), 6) for p in row] for row in probabilities],
        "thresholds": [None if k in absent else float(t) for k, t in enumerate(thresholds)],
        "confidentJoint": raw.astype(int).tolist(),
        "calibratedJoint": calibrated.astype(int).tolist(),
        "issues": {
            ours: np.flatnonzero(find_label_issues(labels, probabilities, filter_by=theirs, n_jobs=1)).tolist()
            for ours, theirs in FILTERS.items()
        },
        "quality": {
            ours: get_label_quality_scores(labels, probabilities, method=theirs).tolist()
            for ours, theirs in QUALITIES.items()
        },
    }
    return result, raw, labels


def main():
    golden = {
        "cleanlab": cleanlab.__version__,
        "cases": [
            case(1, 160, 4, 2.0, 0.15),
            case(2, 120, 3, 1.0, 0.3),
            case(3, 60, 5, 3.0, 0.2, absent=(3,)),
            case(4, 12, 4, 1.0, 0.5),
        ],
    }
    path = pathlib.Path(__file__).with_name("golden-confident-learning.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
