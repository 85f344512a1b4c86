"""golden-long-tail.json: long-tailed subsets as NumPy's legacy generator draws them, and counts as Python computes them.

Run with NumPy installed. The subsets are of classes that take turns in the index space, so that positions within a class
and indices are not the same; CIFAR's own order is not needed to tell whether the same draws are made.
"""

import hashlib
import json
import os

import numpy as np


def counts(class_count, largest, factor, shape):
    """The sizes of Cao et al. (2019), of an odd number of classes under `step` with the larger half small."""
    ratio = 1 / factor
    if shape == "exp":
        return [int(largest * ratio ** (k / (class_count - 1.0))) for k in range(class_count)]
    return [int(largest * (1 if k < class_count // 2 else ratio)) for k in range(class_count)]


def subset(labels, sizes, seed):
    np.random.seed(seed)
    kept = []
    for label, size in enumerate(sizes):
        positions = np.where(labels == label)[0]
        np.random.shuffle(positions)
        kept.append(positions[:size])
    return np.concatenate(kept).astype("<i8")


cases = []
for class_count, per_class in [(10, 5000), (100, 500)]:
    labels = np.arange(class_count * per_class) % class_count
    for factor in [10, 50, 100, 200]:
        for shape in ["exp", "step"]:
            for seed in [0] if factor != 100 else [0, 1, 2**32 - 1]:
                sizes = counts(class_count, per_class, factor, shape)
                kept = subset(labels, sizes, seed)
                cases.append(
                    {
                        "classes": class_count, "perClass": per_class, "factor": factor, "shape": shape,
                        "seed": seed, "counts": sizes, "total": int(kept.size), "first": kept[:10].tolist(),
                        "sha256": hashlib.sha256(kept.tobytes()).hexdigest(),
                    }
                )

shuffles = []
for seed in [0, 5489, 2**32 - 1]:
    generator = np.random.RandomState(seed)
    for count in [0, 1, 2, 500, 5000, 5000]:
        order = np.arange(count)
        generator.shuffle(order)
        shuffles.append(
            {
                "seed": seed, "count": count, "first": order[:10].tolist(),
                "sha256": hashlib.sha256(order.astype("<i8").tobytes()).hexdigest(),
            }
        )

grid = []
for class_count in [2, 3, 7, 10, 43, 100, 1000]:
    for largest in [1, 17, 500, 1280, 4999, 5000, 6000]:
        for factor in [1, 1.5, 3, 7, 10, 50, 100, 200, 256, 1000]:
            for shape in ["exp", "step"]:
                sizes = counts(class_count, largest, factor, shape)
                grid.append([class_count, largest, factor, shape, sum(sizes), sizes[-1], sizes[len(sizes) // 2]])

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden-long-tail.json")
with open(path, "w") as file:
    file.write('{\n"numpy": ' + json.dumps(np.__version__))
    for name, rows in [("subsets", cases), ("shuffles", shuffles), ("sums", grid)]:
        file.write(f',\n"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]")
    file.write("\n}\n")
