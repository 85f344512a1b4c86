"""The comparison table: our engine and, in turn with it, PyTorch on the same cores.

    make bench                              ours alone
    make bench TORCH=1                      ours and PyTorch, which is installed into .build/bench-venv
    make bench PYTHON=.venv/bin/python      ours and PyTorch, with a Python that has it

Needs Python 3.9 or later and Linux; `--torch` needs torch and numpy in the Python that runs this. Each round measures
every side for `--seconds`, in an order that alternates, so that what disturbs the machine disturbs all; a ratio is
taken within a round. The table gives the median over the rounds with the lowest and the highest. A round during which
other programs used more than a tenth of the machine is measured again, at most twice (`--attempts`); what could
not be measured in peace is said below the table. Markdown on standard output, progress on standard error.
"""

import argparse
import dataclasses
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile

import compare_measuring as measuring
import compare_table as table
import compare_workloads as workloads

# Without these glibc unmaps large blocks when they are freed, and every activation costs page faults again.
TUNING = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000"}
QUIET = 0.1  # the share of the machine that others may use during a measurement


def progress(text):
    print(text, file=sys.stderr, flush=True)


def processor():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def commit():
    command = ["git", "-C", workloads.HERE, "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def environment(side):
    return TUNING if side == "tuned" else {}


def best_chunk(workload, side, options):
    """The fastest vmap chunk of a side, each tried once."""
    speeds = {}
    for chunk in workload.chunks:
        run = measuring.run(workload.probe(options, chunk), environment(side))
        speeds[chunk] = run.result["examples_per_second"]
    best = max(speeds, key=speeds.get)
    tried = ", ".join(f"{chunk}: {speed:,.0f}" for chunk, speed in speeds.items())
    progress(f"    vmap chunk of {workload.network}, {table.NAMES[side]}: {best} (per second {tried})")
    return best


def measure(workload, side, options, chunk):
    """One measurement as the table and the JSON want it."""
    with tempfile.TemporaryDirectory(prefix="curate-bench-") as scratch:
        ours = side == "ours"
        command = workload.ours(options, scratch) if ours else workload.peers(options, scratch, chunk)
        run = measuring.run(command, environment(side))
        means = {} if not workload.is_job else workloads.our_means(scratch) if ours else run.result["means"]
    return {
        "shown": workload.shown(run), "speed": workload.speed(run), "memory": workload.memory(run), "means": means,
        **dataclasses.asdict(run),
    }


def measure_round(workload, sides, options, chunks, number, limits):
    """All sides once, again when the machine was not quiet."""
    order = sides if number % 2 == 0 else sides[::-1]
    for attempt in range(options.attempts):
        one = {}
        for side in order:
            one[side] = measure(workload, side, options, chunks.get((workload.network, side)))
        others = max(measurement["others"] for measurement in one.values())
        shown = ", ".join(f"{table.NAMES[side]} {table.number(one[side]['shown'], '')}" for side in sides)
        progress(f"    round {number + 1} of {options.rounds}: {shown} {workload.unit}"
                 + (f" (others used {others:.0%} of the machine)" if others > QUIET else ""))
        if others <= QUIET:
            break
    for side in sides:
        operations, peak = limits["operations"], limits["fma_peak"]
        if not workload.is_job:
            ours = one["ours"]["result"]
            operations, peak = ours["operations_per_example"], ours["fma_peak"]
        one[side].update(share=one[side]["speed"] * operations / peak, attempts=attempt + 1)
    return one


def job_limits(options):
    """The machine's ceilings, and the operations of the whole job."""
    job = workloads.Workload("job", "resnet8")
    for _ in range(options.attempts):
        run = measuring.run([workloads.HARNESS, "--workload", "limits", "--network", job.network, "--shape",
                             job.shape(options), "--threads", str(options.threads)])
        if run.others <= QUIET:
            break
    per_example = run.result["training_operations"] * (workloads.JOB_EPOCHS + 1) * workloads.JOB_SEEDS
    return {**run.result, "operations": per_example * 60_000}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="see the first lines of the script")
    parser.add_argument("--torch", action="store_true", help="measure PyTorch in turn, with this Python")
    parser.add_argument("--peers", nargs="+", default=["plain", "tuned"], choices=["plain", "tuned"],
                        help="PyTorch as installed, and with malloc told to keep its memory (both)")
    parser.add_argument("--compile", action="store_true", help="wrap PyTorch's networks in torch.compile")
    parser.add_argument("--chunk", type=int, help="examples per vmap; otherwise the best of a few is found first")
    parser.add_argument("--workloads", nargs="+", default=workloads.KINDS, choices=workloads.KINDS)
    parser.add_argument("--networks", nargs="+", default=workloads.NETWORKS, choices=workloads.NETWORKS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="per measurement; embeddings: whole passes (5)")
    parser.add_argument("--attempts", type=int, default=3, help="how often to measure a disturbed round at most (3)")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rows", type=int, default=1_000_000, help="embeddings held in memory")
    parser.add_argument("--columns", type=int, default=512, help="numbers per embedding")
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", help="Fashion-MNIST, for the job")
    parser.add_argument("--threads", type=int, default=measuring.processors())
    parser.add_argument("--json", help="write every raw result to this new file")
    options = parser.parse_args()
    if options.rounds < 1 or options.attempts < 1:
        parser.error("--rounds and --attempts must be at least 1")
    if options.json and os.path.exists(options.json):
        parser.error(f"--json: '{options.json}' exists; name another file")
    return parser, options


def main():
    parser, options = parsed()
    chosen = workloads.selected(options)
    if any(workload.is_job for workload in chosen) and not os.path.isdir(options.data):
        progress(f"note: leaving the job out: no '{options.data}' (Debian package dataset-fashion-mnist, or --data)")
        chosen = [workload for workload in chosen if not workload.is_job]
    if not chosen:
        parser.error("no workload is left: sam and evaluate want a resnet, job wants resnet8")
    missing = [path for path in (workloads.HARNESS, workloads.CURATE) if not os.path.exists(path)]
    if missing:
        sys.exit(f"error: {missing[0]} is not built; run `make bench`, which builds it")
    sides = ["ours"] + (sorted(set(options.peers)) if options.torch else [])

    load = os.getloadavg()[0]
    if load > 0.5:
        progress(f"warning: the machine is busy (load {load:.1f})")
    limits = job_limits(options)
    facts = [
        f"{processor()}, {options.threads} threads", f"commit {commit()}", datetime.date.today().isoformat(),
        f"n = {options.rounds} rounds of {options.seconds:g} s", f"batch {options.batch}",
        f"load at the start {load:.1f}",
        f"FMA peak {limits['fma_peak'] / 1e9:.0f} GFLOP/s", f"triad {limits['triad_bandwidth'] / 1e9:.0f} GB/s",
    ]
    print("Median (lowest-highest). " + "; ".join(facts) + ".\n")
    print("\n".join(table.header(sides)), flush=True)

    chunks, notes, raw = {}, [], []
    for workload in chosen:
        progress(f"{workload.kind} {workload.network}")
        for side in sides[1:] if workload.chunks else []:
            if (workload.network, side) not in chunks:
                chunks[workload.network, side] = options.chunk or best_chunk(workload, side, options)
        rounds = [measure_round(workload, sides, options, chunks, number, limits) for number in range(options.rounds)]
        print(table.row(workload, rounds, sides), flush=True)
        notes += table.row_notes(workload, rounds, sides)
        noisy = sum(max(side["others"] for side in one.values()) > QUIET for one in rounds)
        if noisy:
            notes.append(f"- {workload.kind} {workload.network}: in {noisy} of {len(rounds)} rounds other programs "
                         f"used more than {QUIET:.0%} of the machine.")
        raw.append({"workload": workload.kind, "network": workload.network, "rounds": rounds})
    print()
    print("\n".join(table.general_notes(sides, chunks, TUNING, rounds[-1]) + notes))
    if options.json:
        with open(options.json, "x") as file:
            json.dump({"facts": facts, "limits": limits, "options": vars(options), "tuning": TUNING,
                       "chunks": {f"{network} {side}": best for (network, side), best in chunks.items()},
                       "workloads": raw}, file, indent=1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
