"""The numbers of EvaluationGateTests.theIntervalOfAWeightedMeanIsThatOfThePaper, from the definition, with SciPy.

Yan and Su (2010): each stratum's score interval is solved for by root finding at a quantile that makes the widths of
the strata add up to the width of the weighted mean. Run with NumPy and SciPy installed.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

weights = np.array([3498, 184, 56, 1057], dtype=float)
weights /= weights.sum()
shares = np.array([0.99, 0.72, 0.69, 0.96])
counts = np.array([2255, 2255, 642, 642], dtype=float)

z = norm.ppf(0.975)
spread = np.sqrt(shares * (1 - shares) / counts + z**2 / (4 * counts**2))
lowered = z * np.sqrt(np.sum((weights * spread) ** 2)) / np.sum(weights * spread)


def score(share, count, quantile, start, end):
    return brentq(lambda p: (share - p) ** 2 - quantile**2 * p * (1 - p) / count, start, end, xtol=1e-15)


for name, quantile in [("disjoint", lowered), ("overlapping", z)]:
    lower = sum(w * score(p, n, quantile, 1e-9, p) for w, p, n in zip(weights, shares, counts))
    upper = sum(w * score(p, n, quantile, p, 1 - 1e-12) for w, p, n in zip(weights, shares, counts))
    print(name, "mean", repr(float(weights @ shares)), "lower", repr(float(lower)), "upper", repr(float(upper)))
