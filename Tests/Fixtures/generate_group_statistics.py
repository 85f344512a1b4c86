"""Writes golden-group-statistics.json: what SciPy, scikit-learn and statsmodels make of some outcomes of examples.

    python -m venv .venv && .venv/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0
    .venv/bin/python Tests/Fixtures/generate_group_statistics.py

Sets of examples are rows of a table of memberships here, and sums go over the examples: nothing is shared with the
program but the definitions.
"""

import json
import math
import pathlib

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import optimize, stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

generator = np.random.default_rng(20261128)


def distributions():
    beta = [
        {"x": x, "a": a, "b": b, "probability": stats.beta.cdf(x, a, b)}
        for x, a, b in [(0.3, 2, 5), (0.5, 0.5, 30.5), (0.99, 30, 1), (0.2, 12.5, 40), (0.87, 870000, 130000),
                        (1e-4, 3, 2000), (0.9999, 2000, 3)]
    ]
    normal = [{"tail": t, "quantile": stats.norm.isf(t)} for t in [0.4, 0.025, 0.0015978, 1e-6, 0.9]]
    intervals = []
    for successes, count, level in [(0, 30, 0.95), (30, 30, 0.95), (116, 133, 0.99), (557, 642, 0.95), (1, 40, 0.997)]:
        test = stats.binomtest(successes, count)
        exact = test.proportion_ci(level, method="exact")
        wilson = test.proportion_ci(0.95, method="wilson")
        intervals.append({
            "successes": successes, "count": count, "tail": (1 - level) / 2, "exact": [exact.low, exact.high],
            "wilson": [wilson.low, wilson.high]})
    return {"beta": beta, "normal": normal, "intervals": intervals}


def membership(columns):
    """Rows of ones and zeros for every value of every column but the excluded."""
    rows = []
    for column in columns:
        for value in range(column["valueCount"]):
            row = np.array(column["values"]) == value
            if value != column["excluded"] and row.any():
                rows.append(row)
    return np.array(rows)


def covariance_of_shares(table, outcomes):
    """With one right and one wrong example added to each set."""
    rows, own = [], []
    for member in table:
        centre = (outcomes[member].sum() + 1) / (member.sum() + 2)
        rows.append(np.where(member, outcomes - centre, 0))
        own.append(centre ** 2 + (1 - centre) ** 2)
    rows = np.array(rows)
    return rows @ rows.T + np.diag(own)


def correlations(covariance):
    scale = np.sqrt(np.diag(covariance))
    return covariance / np.outer(scale, scale)


def box(correlation, lower, upper):
    """The probability that normal variables are all within the same bounds."""
    size = len(correlation)
    return stats.multivariate_normal.cdf(
        np.full(size, upper), np.zeros(size), correlation, allow_singular=True, maxpts=400000, abseps=1e-6, releps=1e-6,
        lower_limit=np.full(size, lower))


def two_sided(correlation):
    """The value that no absolute value of normal variables exceeds with 95 %."""
    return optimize.brentq(lambda c: box(correlation, -c, c) - 0.95, 1.9, 4, xtol=1e-4)


def one_sided(correlation):
    """The value that none of them exceeds."""
    return optimize.brentq(lambda c: box(correlation, -np.inf, c) - 0.95, 1.5, 4, xtol=1e-4)


def clopper_pearson(successes, count, tail):
    low = 0.0 if successes == 0 else stats.beta.ppf(tail, successes, count - successes + 1)
    high = 1.0 if successes == count else stats.beta.isf(tail, successes + 1, count - successes)
    return [low, high]


def paired_rows(first, second, table, quantile):
    """For each set and side the centre and the influence of each example on it, with quantile^2 / 2 added examples."""
    weight = quantile ** 2 / 2
    quarter = [(a, b) for a in (0, 1) for b in (0, 1)]
    centres, influences = [], []
    for side, outcomes in enumerate((first, second)):
        for number, member in enumerate(table):
            size = member.sum() + weight
            centre = (outcomes[member].sum() + weight / 2) / size
            added = np.zeros((len(table), 4))
            added[number] = [math.sqrt(weight / 4) * (pair[side] - centre) for pair in quarter]
            centres.append(centre)
            influences.append(np.concatenate([np.where(member, outcomes - centre, 0), added.ravel()]) / size)
    return np.array(centres), np.array(influences)


def paired_interval(first, second, table, a, b, quantile):
    centres, influences = paired_rows(first, second, table, quantile)
    row = influences[a] - influences[len(table) + b]
    centre = centres[a] - centres[len(table) + b]
    spread = quantile * math.sqrt(row @ row)
    return [centre - spread, centre + spread]


def minimum_difference(first, second, table):
    """As the doc comment of MinimumDifference says it, with a million draws."""
    sets = len(table)
    means = np.array([[outcomes[member].mean() for member in table] for outcomes in (first, second)])
    _, influences = paired_rows(first, second, table, 2)
    candidates = []
    for side in range(2):
        lowest = int(means[side].argmin())
        rows = influences[side * sets:(side + 1) * sets]
        distance = np.sqrt(((rows - rows[lowest]) ** 2).sum(axis=1))
        bound = np.sqrt(np.log(table.sum(axis=1))) * distance
        candidates.append([g for g in range(sets) if means[side][g] - means[side][lowest] <= bound[g]])
    contrasts = np.array([influences[a] - influences[sets + b] for a in candidates[0] for b in candidates[1]])
    largest = []
    correlation = correlations(contrasts @ contrasts.T)
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0))
    for _ in range(100):
        largest.append(np.abs(generator.normal(size=(10000, len(root))) @ root.T).max(axis=1))
    quantile = float(np.quantile(np.concatenate(largest), 0.95))
    intervals = {(a, b): paired_interval(first, second, table, a, b, quantile)
                 for a in candidates[0] for b in candidates[1]}
    lower = min(max(intervals[a, b][0] for b in candidates[1]) for a in candidates[0])
    upper = max(min(intervals[a, b][1] for a in candidates[0]) for b in candidates[1])
    return {
        "lowest": [int(means[0].argmin()), int(means[1].argmin())], "candidates": candidates,
        "difference": means[0].min() - means[1].min(), "interval": [lower, upper]}


def sets(columns, probability, runs, second_runs):
    count = len(columns[0]["values"])
    table = membership(columns)
    common = generator.random(count)
    counts = sum((np.where(generator.random(count) < 0.5, common, generator.random(count)) < probability).astype(int)
                 for _ in range(runs))
    seconds = sum((np.where(generator.random(count) < 0.5, common, generator.random(count)) < probability + 0.05)
                  .astype(int) for _ in range(second_runs))
    outcomes, second = counts / runs, seconds / second_runs
    correlation = correlations(covariance_of_shares(table, outcomes))
    c, one = two_sided(correlation), one_sided(correlation)
    sizes = table.sum(axis=1)
    means = [float(outcomes[member].mean()) for member in table]
    ends = [clopper_pearson(m * n, n, stats.norm.sf(c)) for m, n in zip(means, sizes)]
    bounds = [clopper_pearson(m * n, n, stats.norm.sf(one))[0] for m, n in zip(means, sizes)]
    _, influences = paired_rows(outcomes, second, table, 2)
    rows = influences[:len(table)] - influences[len(table):]
    paired = two_sided(correlations(rows @ rows.T))
    return {
        "columns": columns, "first": counts.tolist(), "runs": runs, "second": seconds.tolist(),
        "secondRuns": second_runs, "sizes": sizes.tolist(), "means": means, "criticalValue": c,
        "oneSidedCriticalValue": one, "simultaneous": ends, "lowerBounds": bounds,
        "minimum": [min(e[0] for e in ends), min(e[1] for e in ends)],
        "differences": [float((outcomes - second)[member].mean()) for member in table],
        "pairedCriticalValue": paired,
        "pointwiseDifferences": [paired_interval(outcomes, second, table, g, g, stats.norm.isf(0.025))
                                 for g in range(len(table))],
        "simultaneousDifferences": [paired_interval(outcomes, second, table, g, g, paired)
                                    for g in range(len(table))],
        "minimumDifference": minimum_difference(outcomes, second, table)}


def set_cases():
    count = 500
    overlapping = [
        {"values": (generator.random(count) < 0.12).astype(int).tolist(), "valueCount": 2, "excluded": 0},
        {"values": generator.choice(3, size=count, p=[0.2, 0.5, 0.3]).tolist(), "valueCount": 4, "excluded": -1},
        {"values": (generator.random(count) < 0.4).astype(int).tolist(), "valueCount": 2, "excluded": 0},
    ]
    member = membership(overlapping)
    hard = 0.9 - 0.2 * member[0] - 0.1 * member[2]
    disjoint = [{"values": np.repeat(np.arange(4), [230, 120, 60, 40]).tolist(), "valueCount": 4, "excluded": -1}]
    rates = np.repeat([0.94, 0.93, 0.8, 0.78], [230, 120, 60, 40])
    return [sets(overlapping, hard, 1, 1), sets(overlapping, hard, 3, 2), sets(disjoint, rates, 1, 1)]


def tests():
    cases = []
    for only_first, only_second in [(0, 0), (3, 9), (12, 12), (24, 0), (5, 20), (40, 71), (100, 101), (13, 12)]:
        result = mcnemar([[500, only_first], [only_second, 30]], exact=only_first + only_second < 25, correction=True)
        cases.append({"onlyFirst": only_first, "onlySecond": only_second, "probability": result.pvalue,
                      "statistic": result.statistic if only_first + only_second >= 25 else None})
    return cases


def hanley_mcneil(area, positives, negatives):
    """Newcombe's method 5, solved for by Brent's method."""
    half = (positives + negatives) / 2 - 1
    z = stats.norm.isf(0.025)

    def excess(t):
        variance = t * (1 - t) * (1 + half * ((1 - t) / (2 - t) + t / (1 + t))) / (positives * negatives)
        return (t - area) ** 2 - z * z * variance

    low = 0.0 if area == 0 else optimize.brentq(excess, 1e-9, area - 1e-9, xtol=1e-13)
    high = 1.0 if area == 1 else optimize.brentq(excess, area + 1e-9, 1 - 1e-9, xtol=1e-13)
    return [low, high]


def areas():
    cases = []
    for count, share, shift, steps in [(200, 0.3, 1.0, 8), (60, 0.1, 0.0, 1000), (40, 0.5, 20.0, 1000)]:
        positive = generator.random(count) < share
        scores = np.round((generator.normal(size=count) + shift * positive) * steps) / steps
        scores = scores.astype(np.float32)
        area = metrics.roc_auc_score(positive, scores)
        cases.append({"scores": scores.tolist(), "positive": positive.tolist(), "area": area,
                      "interval": hanley_mcneil(area, int(positive.sum()), int((~positive).sum()))})
    return cases


def calibration_error(confidence, right, bins):
    """With the upper end in the bin."""
    places = np.digitize(confidence, np.linspace(0, 1, bins + 1)[1:-1], right=True)
    return sum(abs(confidence[places == b].mean() - right[places == b].mean()) * (places == b).mean()
               for b in range(bins) if (places == b).any())


def probabilities():
    cases = []
    for count, classes, sharpness in [(150, 2, 1.5), (150, 4, 2.0)]:
        labels = generator.integers(classes, size=count)
        logits = generator.normal(size=(count, classes)) * 1.5
        logits[np.arange(count), labels] += sharpness
        rows = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        # Few digits, so that there are ties.
        rows = np.round(rows, 2)
        rows[:, 0] = np.maximum(0, 1 - rows[:, 1:].sum(axis=1))
        rows = rows.astype(np.float32)
        exact = rows.astype(np.float64)
        top = exact.argmax(axis=1)
        case = {
            "labels": labels.tolist(), "probabilities": rows.tolist(),
            "brier": float(((exact - np.eye(classes)[labels]) ** 2).sum(axis=1).mean()),
            "binaryBrier": metrics.brier_score_loss(labels, exact[:, 1]) if classes == 2 else None,
            "logLoss": metrics.log_loss(labels, rows, labels=range(classes)),
            "calibrationError": calibration_error(exact.max(axis=1), top == labels, 15),
            "calibrationErrorOf7": calibration_error(exact.max(axis=1), top == labels, 7),
            "macroArea": float(np.mean([metrics.roc_auc_score(labels == k, exact[:, k]) for k in range(classes)]))}
        assert math.isclose(case["brier"], metrics.brier_score_loss(
            labels, exact / exact.sum(axis=1, keepdims=True), labels=range(classes), scale_by_half=False), rel_tol=1e-5)
        cases.append(case)
    return cases


def summaries():
    cases = []
    for labels, predictions, classes in [
        (generator.integers(4, size=200), generator.integers(4, size=200), 4),
        # Class 1 is only predicted, class 3 only a label, class 4 neither.
        (generator.choice([0, 2, 3], size=90), generator.choice([0, 1, 2], size=90), 5),
    ]:
        recalls = metrics.recall_score(labels, predictions, labels=np.unique(labels), average=None)
        cases.append({
            "confusion": metrics.confusion_matrix(labels, predictions, labels=range(classes)).tolist(),
            "accuracy": metrics.accuracy_score(labels, predictions),
            "balancedAccuracy": float(recalls.mean()),
            "macroF1": metrics.f1_score(labels, predictions, average="macro", zero_division=0),
            "worstRecall": float(recalls.min()), "worstClass": int(np.unique(labels)[recalls.argmin()])})
    return cases


def overlaps():
    """The variance of the logarithm by numeric derivatives of the two independent counts it is a function of."""
    cases = []
    for count, chosen, target, both in [(4795, 700, 240, 130), (1000, 100, 300, 33), (90, 10, 9, 1), (500, 40, 60, 0)]:
        added = 0.5 if both == 0 else 0
        k, other = both + added, chosen - both + added
        t, rest = target + 2 * added, count - target + 2 * added

        def logarithm(k, other):
            return math.log(k / (k + other) / (t / (t + rest)))

        step = 1e-4
        dk = (logarithm(k + step, other) - logarithm(k - step, other)) / (2 * step)
        do = (logarithm(k, other + step) - logarithm(k, other - step)) / (2 * step)
        variance = dk ** 2 * t * (k / t) * (1 - k / t) + do ** 2 * rest * (other / rest) * (1 - other / rest)
        spread = stats.norm.isf(0.025) * math.sqrt(variance)
        centre = logarithm(k, other)
        cases.append({
            "count": count, "chosen": chosen, "target": target, "both": both,
            "lift": both / chosen / (target / count),
            "interval": [0 if both == 0 else math.exp(centre - spread), math.exp(centre + spread)]})
    return cases


def seeds():
    first, second = generator.normal(0.9, 0.01, size=5), generator.normal(0.88, 0.01, size=5)
    interval = stats.ttest_rel(first, second).confidence_interval()
    return {"first": first.tolist(), "second": second.tolist(), "mean": float((first - second).mean()),
            "interval": [interval.low, interval.high]}


def corrections():
    cases = [[0.01, 0.04, 0.03, 0.005], [0.5, 0.02, 0.9, 0.02, 1.0], [0.3]]
    return [{"probabilities": p, "corrected": multipletests(p, method="holm")[1].tolist()} for p in cases]


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return float(f"{value:.13g}") if isinstance(value, float) else value


if __name__ == "__main__":
    golden = {
        "versions": {"scipy": scipy.__version__, "sklearn": sklearn.__version__,
                     "statsmodels": statsmodels.__version__, "numpy": np.__version__},
        "distributions": distributions(), "sets": set_cases(), "mcnemar": tests(), "areas": areas(),
        "probabilities": probabilities(), "summaries": summaries(), "overlaps": overlaps(), "seeds": seeds(),
        "corrections": corrections()}
    path = pathlib.Path(__file__).parent / "golden-group-statistics.json"
    path.write_text(json.dumps(rounded(golden), separators=(",", ":")) + "\n")
