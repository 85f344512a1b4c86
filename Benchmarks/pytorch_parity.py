"""Test accuracy of resnet8 after five epochs of Fashion-MNIST in PyTorch: one JSON line per seed, then their mean.

Requirements: Python 3.9 or later, torch, numpy, and the four IDX files (gzipped or not) in one directory.

    python Benchmarks/pytorch_parity.py /usr/share/datasets/fashion-mnist --seeds 3

The recipe, to be matched by the other side: SGD, learning rate 0.1 throughout, Nesterov momentum 0.9, weight decay 5e-4
on every parameter, batch 128 with the last partial batch kept, a new random order each epoch, no augmentation, pixels /
255 normalised by the training set's mean and deviation; initial weights as `pytorch_networks.build` says. The accuracy
is that of the last epoch, in evaluation mode.

At a constant rate of 0.1 that accuracy swings by one to four points from epoch to epoch and its deviation over seeds is
0.6 points, so a difference of a few tenths between two means of three seeds says nothing. `--schedule cosine`
multiplies the rate of step s of S, counted from 0, by (1 + cos(pi s / S)) / 2, which makes the last epoch steady.
"""

import argparse
import math
import statistics
import time

import torch
import torch.nn.functional as F

import pytorch_networks as peers


def accuracy(model, images, labels):
    model.eval()
    correct = 0
    with torch.inference_mode():
        for start in range(0, len(images), 500):
            predictions = model(images[start : start + 500]).argmax(dim=1)
            correct += int((predictions == labels[start : start + 500]).sum())
    return correct / len(images)


def train_epoch(model, optimiser, scheduler, images, labels, batch):
    """The mean training loss over the epoch."""
    model.train()
    total = 0.0
    for rows in torch.randperm(len(images)).split(batch):
        optimiser.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(images[rows].contiguous(memory_format=torch.channels_last)), labels[rows])
        loss.backward()
        optimiser.step()
        if scheduler:
            scheduler.step()
        total += loss.item() * len(rows)
    return total / len(images)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="directory of the IDX files")
    parser.add_argument("--network", default="resnet8")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--schedule", choices=["constant", "cosine"], default="constant")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="train on the first LIMIT examples only, to try the script out")
    options = parser.parse_args()

    images, labels, test_images, test_labels = peers.load_idx(options.data)
    images, labels = images[: options.limit], labels[: options.limit]
    results = []
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        torch.manual_seed(seed)
        model = peers.build(options.network, 1, 10)
        optimiser = peers.sgd(model)
        steps = options.epochs * math.ceil(len(images) / options.batch)
        scheduler = peers.cosine(optimiser, steps) if options.schedule == "cosine" else None
        start = time.perf_counter()
        losses, accuracies = [], []
        for _ in range(options.epochs):
            losses.append(train_epoch(model, optimiser, scheduler, images, labels, options.batch))
            accuracies.append(accuracy(model, test_images, test_labels))
        results.append(accuracies[-1])
        peers.emit(
            network=options.network,
            seed=seed,
            epochs=options.epochs,
            schedule=options.schedule,
            test_accuracy=accuracies[-1],
            test_accuracy_by_epoch=accuracies,
            train_loss_by_epoch=[round(loss, 5) for loss in losses],
            seconds=round(time.perf_counter() - start, 2),
        )
    spread = statistics.stdev(results) if len(results) > 1 else None
    peers.emit(seeds=len(results), mean_test_accuracy=statistics.fmean(results), deviation=spread)


if __name__ == "__main__":
    main()
