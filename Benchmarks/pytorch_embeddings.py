"""Rows per second of PyTorch on embeddings that are in memory: training epochs, or gradient norms of all rows.

Requirements: Python 3.9 or later, torch, numpy.

    python Benchmarks/pytorch_embeddings.py --workload train --network linear --shape 512 --rows 1000000

The rows are views of one tensor, cut once and taken in order, so nothing is copied and nothing shuffled. `train` is a
whole epoch of SGD with Nesterov momentum; `grand` is one gradient norm per row, by vmap over grad, `--chunk` rows at
once. The numbers are those of the package's harness to the bit (murmur3's finaliser of the position; the label is the
position of the largest of the first ten), so `mean`, the mean loss of the first epoch or the mean norm, must agree
with it up to the initial weights. `--compile` wraps the network in torch.compile.
"""

import argparse
import statistics
import time

import numpy as np
import torch
import torch.nn.functional as F

import pytorch_networks as peers

CLASSES = 10
WARM_UP_STEPS = 100


def embeddings(rows, columns):
    """rows x columns floats in [-1, 1), made in blocks so that nothing beside the result takes memory."""
    features = torch.empty(rows, columns)
    flat = features.view(-1).numpy()
    if flat.size > 0xFFFFFFFF:
        raise SystemExit(f"{rows} x {columns} numbers are more than 32 bits can count")
    block = 1 << 18
    for start in range(0, flat.size, block):
        bits = np.arange(start, min(start + block, flat.size), dtype=np.uint32)
        for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, None)):
            bits ^= bits >> np.uint32(shift)
            if factor:
                bits *= np.uint32(factor)
        bits >>= np.uint32(8)
        target = flat[start : start + block]
        target[...] = bits
        target *= np.float32(2.0**-23)
        target -= np.float32(1)
    return features, features[:, :CLASSES].argmax(dim=1)


def epochs(model, features, labels, batch):
    """A function that trains one epoch, at most some steps of it, and gives the mean loss."""
    optimiser = peers.sgd(model, rate=0.01)
    batches = list(zip(features.split(batch), labels.split(batch)))

    def epoch(steps=None):
        losses = []
        for rows, classes in batches[:steps]:
            optimiser.zero_grad(set_to_none=True)
            loss = F.cross_entropy(model(rows), classes)
            loss.backward()
            optimiser.step()
            losses.append(loss.detach())
        return float(torch.stack(losses).mean())

    return epoch


def passes(model, features, labels, chunk):
    """A function that computes the gradient norms of all rows, or of some chunks, and gives their mean."""
    norms = peers.gradient_norms(model)
    chunks = list(zip(features.split(chunk), labels.split(chunk)))

    def one_pass(steps=None):
        return float(torch.cat([norms(rows, classes, None)[0] for rows, classes in chunks[:steps]]).mean())

    return one_pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workload", choices=["train", "grand"], required=True)
    parser.add_argument("--network", required=True, help="linear or mlp:WIDTH,...")
    parser.add_argument("--shape", type=int, default=512, help="numbers per row")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=10, help="passes are begun until then; at least one is made")
    parser.add_argument("--chunk", type=int, default=512, help="rows per vmap")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    features, labels = embeddings(options.rows, options.shape)
    model = peers.build(options.network, options.shape, CLASSES)
    if options.workload == "train":
        work = epochs(torch.compile(model) if options.compile else model, features, labels, options.batch)
        work(WARM_UP_STEPS)
    else:
        work = passes(model, features, labels, options.chunk)
        work(3)

    seconds, means = [], []
    while sum(seconds) < options.seconds or not seconds:
        start = time.perf_counter()
        means.append(work())
        seconds.append(time.perf_counter() - start)
    peers.emit(
        workload=options.workload,
        network=options.network,
        rows=options.rows,
        columns=options.shape,
        batch=options.batch if options.workload == "train" else options.chunk,
        threads=torch.get_num_threads(),
        compiled=options.compile,
        examples_per_second=round(options.rows / statistics.median(seconds), 1),
        mean_per_second=round(options.rows * len(seconds) / sum(seconds), 1),
        seconds_per_pass=round(statistics.median(seconds), 4),
        n=len(seconds),
        mean=round(means[0], 6),
        peak_rss=peers.peak_rss(),
        baseline_rss=peers.BASELINE_RSS,
        data_bytes=4 * features.numel(),
    )


if __name__ == "__main__":
    main()
