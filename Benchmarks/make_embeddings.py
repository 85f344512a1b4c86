"""Writes a large array of embeddings with learnable classes, in chunks, for the scale test.

Requirements: Python 3.9 or later, numpy.

    python Benchmarks/make_embeddings.py --out /tmp/embeddings

makes /tmp/embeddings/features.npy (1,000,000 x 256 float32, 1 GB) and /tmp/embeddings/labels.npy (int64). A row is its
class's centre plus unit Gaussian noise; centres are random directions of length `--separation`. A fraction `--noise` of
the labels is then replaced by a random class, so that there is something for the scores to find; `clean.npy` holds the
classes before that. The same arguments give the same bytes.
"""

import argparse
import pathlib

import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="directory to write into")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=256)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--separation", type=float, default=3.0)
    parser.add_argument("--noise", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    options.out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(options.seed)
    centres = random.standard_normal((options.classes, options.columns), dtype=np.float32)
    centres *= options.separation / np.linalg.norm(centres, axis=1, keepdims=True)
    clean = random.integers(options.classes, size=options.rows)
    noisy = random.random(options.rows) < options.noise
    labels = np.where(noisy, random.integers(options.classes, size=options.rows), clean)
    np.save(options.out / "clean.npy", clean)
    np.save(options.out / "labels.npy", labels)

    with open(options.out / "features.npy", "wb") as file:
        shape = (options.rows, options.columns)
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, options.rows, 50_000):
            classes = clean[start : start + 50_000]
            chunk = random.standard_normal((len(classes), options.columns), dtype=np.float32)
            chunk += centres[classes]
            file.write(chunk.astype("<f4", copy=False).tobytes())
    print(f"{options.out}: {options.rows} x {options.columns}, {options.classes} classes, {noisy.mean():.1%} noisy")


if __name__ == "__main__":
    main()
