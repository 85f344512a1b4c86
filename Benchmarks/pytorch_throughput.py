"""Images per second of PyTorch on this CPU, one batch repeated: one JSON line.

Requirements: Python 3.9 or later, torch, numpy.

    python Benchmarks/pytorch_throughput.py --workload train --network resnet8 --shape 28x28x1 --batch 128 --seconds 10

Workloads: `train` is forward, backward and an SGD step with Nesterov momentum; `sam` is the same with sharpness-aware
minimisation, in turn with plain steps, and `cost_in_steps` is the ratio of the medians; `evaluate` is forward in evaluation mode
under inference_mode; `grand` is one gradient norm per example, by vmap over grad, `--chunk` examples at once.
float32, channels last, every core unless `--threads` says otherwise. `--compile` wraps the network in torch.compile.
`examples_per_second` is the batch over the median step after the warm-up; `mean_per_second` is all images over all
time. When the two differ by more than a few per cent, the run was disturbed.
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F

import pytorch_networks as peers


def steps(options, model, images, labels):
    """A function that does one batch, and another in turn with it or None."""
    if options.workload == "grand":
        norms = peers.gradient_norms(model)
        return (lambda: norms(images, labels, options.chunk)), None
    if options.compile:
        model = torch.compile(model)
    if options.workload == "evaluate":
        model.eval()

        def evaluate():
            with torch.inference_mode():
                return model(images)

        return evaluate, None
    model.train()
    optimiser = peers.sgd(model)

    def train():
        optimiser.zero_grad(set_to_none=True)
        F.cross_entropy(model(images), labels).backward()
        optimiser.step()

    if options.workload == "train":
        return train, None
    sharpness_aware = peers.sharpness_aware_step(model, optimiser)
    return (lambda: sharpness_aware(images, labels)), train


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workload", choices=["train", "sam", "evaluate", "grand"], required=True)
    parser.add_argument("--network", choices=["resnet8", "resnet20", "resnet32", "resnet56", "resnet18"], required=True)
    parser.add_argument("--shape", default="32x32x3", help="height x width x channels")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--chunk", type=int, default=32, help="examples per vmap chunk")
    parser.add_argument("--least", type=int, default=3, help="the least number of steps")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    height, width, channels = map(int, options.shape.split("x"))
    images = torch.randn(options.batch, channels, height, width).to(memory_format=torch.channels_last)
    labels = torch.randint(10, (options.batch,))
    step, plain = steps(options, peers.build(options.network, channels, 10), images, labels)
    for _ in range(1 if options.workload == "grand" else 3):
        step()

    def timed(work):
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    seconds, plain_seconds = [], []
    while sum(seconds) + sum(plain_seconds) < options.seconds or len(seconds) < options.least:
        seconds.append(timed(step))
        if plain:
            plain_seconds.append(timed(plain))
    more = {"cost_in_steps": statistics.median(seconds) / statistics.median(plain_seconds)} if plain else {}
    peers.emit(
        workload=options.workload,
        network=options.network,
        shape=options.shape,
        batch=options.batch,
        threads=torch.get_num_threads(),
        compiled=options.compile,
        examples_per_second=round(options.batch / statistics.median(seconds), 1),
        mean_per_second=round(len(seconds) * options.batch / sum(seconds), 1),
        n=len(seconds),
        peak_rss=peers.peak_rss(),
        baseline_rss=peers.BASELINE_RSS,
        **more,
    )


if __name__ == "__main__":
    main()
