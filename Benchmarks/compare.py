"""The throughput table: our engine, and PyTorch in turn with it when there is one.

    make bench                              ours alone
    make bench PYTHON=.venv/bin/python      ours and PyTorch, in turn, with ratios

Needs Python 3.9 or later; `--torch` needs torch in the Python that runs this. Each round measures ours and then
PyTorch for `--seconds`, so that what disturbs the machine disturbs both; a ratio is taken within a round. The table
gives the median over rounds with the lowest and the highest. Markdown on standard output, progress on standard error.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
OURS = os.path.join(ROOT, ".build", "release", "curate-benchmark")
SHAPES = {"resnet8": "28x28x1", "resnet32": "32x32x3", "resnet18": "32x32x3"}


def measure(command):
    """The median images per second that a program reports as its last line of JSON."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    result = json.loads(done.stdout.strip().splitlines()[-1])
    return result.get("median", result["images_per_second"])


def spread(values, digits):
    """`median (lowest-highest)`."""
    low, mid, high = (f"{value:,.{digits}f}" for value in (min(values), statistics.median(values), max(values)))
    return f"{mid} ({low}-{high})"


def processor():
    try:
        with open("/proc/cpuinfo") as lines:
            names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        return names[0]
    except (OSError, IndexError):
        return platform.machine()


def commit():
    done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch", action="store_true", help="measure PyTorch in turn, with this Python")
    parser.add_argument("--compile", action="store_true", help="wrap PyTorch's networks in torch.compile")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="per measurement")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--workloads", nargs="+", default=["train", "evaluate", "grand"])
    parser.add_argument("--networks", nargs="+", default=list(SHAPES), choices=list(SHAPES))
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")

    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"warning: the machine is busy (load {load:.1f}); these numbers count for little", file=sys.stderr)
    facts = [
        f"{processor()}, {options.threads} threads", f"commit {commit()}", datetime.date.today().isoformat(),
        f"n = {options.rounds} rounds of {options.seconds:g} s", f"load at the start {load:.1f}",
    ]
    print("Images per second, median (lowest-highest). " + "; ".join(facts) + ".\n")
    print("| workload | network | input | ours |" + (" PyTorch | ratio |" if options.torch else ""))
    print("| --- | --- | --- | --- |" + (" --- | --- |" if options.torch else ""))
    for workload in options.workloads:
        for network in options.networks:
            common = ["--workload", workload, "--network", network, "--shape", SHAPES[network], "--batch",
                      str(options.batch), "--seconds", str(options.seconds), "--threads", str(options.threads)]
            ours, peers = [], []
            for number in range(options.rounds):
                print(f"{workload} {network}: round {number + 1} of {options.rounds}", file=sys.stderr)
                ours.append(measure([OURS, *common]))
                if options.torch:
                    script = [sys.executable, os.path.join(HERE, "pytorch_throughput.py"), *common]
                    if options.compile and workload != "grand":
                        script.append("--compile")
                    peers.append(measure(script))
            cells = [workload, network, SHAPES[network], spread(ours, 0)]
            if options.torch:
                cells += [spread(peers, 0), spread([a / b for a, b in zip(ours, peers)], 2)]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
