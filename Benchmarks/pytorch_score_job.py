"""The whole scoring job in PyTorch: EL2N, GraNd and forgetting of every training example. Prints the seconds as JSON.

Requirements: Python 3.9 or later, torch, numpy, and the four IDX files (gzipped or not) in one directory.

    python Benchmarks/pytorch_score_job.py /usr/share/datasets/fashion-mnist --seeds 3 --epochs 4 --out scores.npz

For each seed: train with the recipe of pytorch_parity.py and count forgetting on the in-batch predictions; then one
clean pass in evaluation mode gives the error-vector norm (EL2N) and, by vmap over grad, the norm of the gradient of the
example's own loss over all parameters (GraNd). Scores are means over the seeds; an example that was never classified
right counts as forgotten once more than there were epochs. Reading the files is inside the printed seconds, starting
Python and importing torch is not; `compare.py` times the whole process.
"""

import argparse
import math
import time

import numpy as np
import torch
import torch.nn.functional as F

import pytorch_networks as peers


def train(model, images, labels, epochs, batch, schedule):
    """The number of forgetting events of each example."""
    optimiser = peers.sgd(model)
    steps = epochs * math.ceil(len(images) / batch)
    scheduler = peers.cosine(optimiser, steps) if schedule == "cosine" else None
    model.train()
    was_correct = torch.zeros(len(images), dtype=torch.bool)
    ever_correct = torch.zeros(len(images), dtype=torch.bool)
    forgotten = torch.zeros(len(images))
    for _ in range(epochs):
        for rows in torch.randperm(len(images)).split(batch):
            optimiser.zero_grad(set_to_none=True)
            logits = model(images[rows].contiguous(memory_format=torch.channels_last))
            F.cross_entropy(logits, labels[rows]).backward()
            optimiser.step()
            if scheduler:
                scheduler.step()
            correct = logits.argmax(dim=1) == labels[rows]
            forgotten[rows] += (was_correct[rows] & ~correct).float()
            was_correct[rows] = correct
            ever_correct[rows] |= correct
    forgotten[~ever_correct] = epochs + 1
    return forgotten


def clean_pass(model, images, labels, batch, chunk):
    """The error-vector norm and the gradient norm of each example."""
    norms = peers.gradient_norms(model)
    el2n, grand = [], []
    for start in range(0, len(images), batch):
        classes = labels[start : start + batch]
        gradients, logits = norms(images[start : start + batch], classes, chunk)
        grand.append(gradients)
        el2n.append((F.softmax(logits, dim=1) - F.one_hot(classes, logits.shape[1])).norm(dim=1))
    return torch.cat(el2n), torch.cat(grand)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="directory of the IDX files")
    parser.add_argument("--network", default="resnet8")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--schedule", choices=["constant", "cosine"], default="constant")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--chunk", type=int, default=32, help="examples per vmap chunk")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--limit", type=int, help="score the first LIMIT examples only, to try the script out")
    parser.add_argument("--out", help="where to write the scores (.npz)")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)

    start = time.perf_counter()
    images, labels = peers.load_idx(options.data, names=("train",))
    images, labels = images[: options.limit], labels[: options.limit]
    training = scoring = 0.0
    columns = {"el2n": [], "grand": [], "forgetting": []}
    for seed in range(options.seeds):
        torch.manual_seed(seed)
        model = peers.build(options.network, 1, 10)
        mark = time.perf_counter()
        forgotten = train(model, images, labels, options.epochs, options.batch, options.schedule)
        columns["forgetting"].append(forgotten)
        training += time.perf_counter() - mark
        mark = time.perf_counter()
        el2n, grand = clean_pass(model, images, labels, options.batch, options.chunk)
        scoring += time.perf_counter() - mark
        columns["el2n"].append(el2n)
        columns["grand"].append(grand)
    scores = {name: torch.stack(values).mean(dim=0).numpy() for name, values in columns.items()}
    if options.out:
        np.savez(options.out, labels=labels.numpy(), **scores)
    peers.emit(
        network=options.network,
        examples=len(images),
        seeds=options.seeds,
        epochs=options.epochs,
        seconds=round(time.perf_counter() - start, 2),
        training_seconds=round(training, 2),
        clean_pass_seconds=round(scoring, 2),
        means={name: round(float(values.mean()), 5) for name, values in scores.items()},
        peak_rss=peers.peak_rss(),
        baseline_rss=peers.BASELINE_RSS,
    )


if __name__ == "__main__":
    main()
