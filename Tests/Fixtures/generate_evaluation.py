"""Predictions of two runs with probabilities, and what scikit-learn says of them: evaluation/run-0.csv, run-1.csv and
golden-evaluation.json. Run with NumPy, SciPy and scikit-learn installed, in this directory.

ECE is written out here, since scikit-learn has none: 15 bins of equal width on the probability of the top label.
"""

import csv
import json
import os

import numpy as np
from scipy.stats import norm
from sklearn.metrics import balanced_accuracy_score, f1_score, log_loss, recall_score, roc_auc_score

CLASSES = ["ant", "bee", "cat"]
COUNT = 240
random = np.random.default_rng(11)
labels = random.integers(0, 3, COUNT)
place = np.where(random.random(COUNT) < 0.3, "hill", "shore")
age = random.integers(10, 90, COUNT)


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def ece(probabilities, labels, bins=15):
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bin_of = np.clip(np.ceil(confidence * bins).astype(int), 1, bins)
    return sum(abs(right[bin_of == b].sum() - confidence[bin_of == b].sum()) for b in range(1, bins + 1)) / len(labels)


def wilson(right, count):
    z = norm.ppf(0.975)
    p = right / count
    centre = (p + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * np.sqrt(p * (1 - p) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    return [float(centre - half), float(centre + half)]


runs = []
os.makedirs("evaluation", exist_ok=True)
for run in range(2):
    logits = random.normal(0, 1, (COUNT, 3))
    logits[np.arange(COUNT), labels] += np.where(place == "hill", 0.8, 2.0)
    # What the file holds is what is measured.
    probabilities = np.round(softmax(logits), 6)
    runs.append(probabilities)
    # The second file has another order, and the groups stand in the first alone.
    order = np.arange(COUNT) if run == 0 else random.permutation(COUNT)
    with open(f"evaluation/run-{run}.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "label", "p_bee", "p_ant", "p_cat"] + (["place", "age"] if run == 0 else []))
        for i in order:
            a, b, c = (f"{p:.6f}" for p in probabilities[i])
            writer.writerow([f"x{i}", CLASSES[labels[i]], b, a, c] + ([place[i], age[i]] if run == 0 else []))

groups = {"place=hill": place == "hill", "place=shore": place == "shore", "old": age >= 60}
golden = {"measures": {}, "accuracy": [], "balanced": [], "recalls": [], "groups": {}}
found = {"macroF1": [], "auroc": [], "calibrationError": [], "brier": [], "logLoss": []}
for probabilities in runs:
    predicted = probabilities.argmax(axis=1)
    normal = probabilities / probabilities.sum(axis=1, keepdims=True)
    found["macroF1"].append(f1_score(labels, predicted, average="macro"))
    found["auroc"].append(roc_auc_score(labels, normal, multi_class="ovr", average="macro"))
    found["calibrationError"].append(ece(probabilities, labels))
    found["brier"].append(((probabilities - np.eye(3)[labels]) ** 2).sum(axis=1).mean())
    found["logLoss"].append(log_loss(labels, normal))
    golden["accuracy"].append(float((predicted == labels).mean()))
    golden["balanced"].append(balanced_accuracy_score(labels, predicted))
    golden["recalls"].append(recall_score(labels, predicted, average=None).tolist())
golden["measures"] = {name: [float(v) for v in values] for name, values in found.items()}
for name, mask in groups.items():
    right = [int((p.argmax(axis=1) == labels)[mask].sum()) for p in runs]
    count = int(mask.sum())
    golden["groups"][name] = {
        "count": count,
        "right": right,
        "wilson": wilson(np.mean(right), count),
        "losses": [float(-np.log(p[mask, labels[mask]]).mean()) for p in runs],
    }
with open("golden-evaluation.json", "w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
