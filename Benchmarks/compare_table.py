"""The Markdown of `compare.py`: cells, the table's rows, and the notes below it."""

import statistics

NAMES = {"ours": "ours", "plain": "PyTorch", "tuned": "PyTorch tuned"}


def number(value, unit):
    """Three digits at least: 1,234 or 12.3."""
    return f"{value:,.0f}" if value >= 100 or unit == "MB" else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values, unit=""):
    """`median (lowest-highest)`, the median alone when there is one value."""
    middle = number(statistics.median(values), unit)
    return middle if len(values) == 1 else f"{middle} ({number(min(values), unit)}-{number(max(values), unit)})"


def ratios(ours, theirs):
    """Ours over theirs within each round, with two digits."""
    values = [a / b for a, b in zip(ours, theirs)]
    middle = f"{statistics.median(values):.2f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.2f}-{max(values):.2f})"


def header(sides):
    peers = [side for side in sides if side != "ours"]
    columns = ["workload", "network", "unit", "ours"]
    for side in peers:
        columns += [NAMES[side], "ratio"]
    columns += ["peak MB: " + " / ".join(NAMES[side] for side in sides)]
    if peers:
        columns += ["memory ratio" + (": " + " / ".join(NAMES[side] for side in peers) if len(peers) > 1 else "")]
    columns += ["of FMA peak: " + " / ".join(NAMES[side] for side in sides)]
    return ["| " + " | ".join(columns) + " |", "| " + " | ".join(["---"] * len(columns)) + " |"]


def row(workload, rounds, sides):
    """A line of the table from the measurements of each round, side by side."""
    def values(side, of):
        return [of(one[side]) for one in rounds]

    speeds = {side: values(side, lambda one: one["speed"]) for side in sides}
    memory = {side: values(side, lambda one: one["memory"] / 1e6) for side in sides}
    cells = [workload.kind, workload.network, workload.unit, spread(values("ours", lambda one: one["shown"]))]
    peers = [side for side in sides if side != "ours"]
    for side in peers:
        cells += [spread(values(side, lambda one: one["shown"])), ratios(speeds["ours"], speeds[side])]
    cells += [" / ".join(number(statistics.median(memory[side]), "MB") for side in sides)]
    if peers:
        quotients = (statistics.median(a / b for a, b in zip(memory["ours"], memory[side])) for side in peers)
        cells += [" / ".join(f"{quotient:.2f}" for quotient in quotients)]
    cells += [" / ".join(f"{statistics.median(values(side, lambda one: one['share'])):.2f}" for side in sides)]
    return "| " + " | ".join(cells) + " |"


def row_notes(workload, rounds, sides):
    """What has to be said about a workload besides its row."""
    def middle(of, side):
        return statistics.median(of(one[side]) for one in rounds)

    label = f"{workload.kind} {workload.network}"
    notes = []
    if workload.on_rows:
        results = {side: rounds[0][side]["result"] for side in sides}
        seconds = ", ".join(
            f"{NAMES[side]} {middle(lambda one: one['result']['seconds_per_pass'], side):.2f} s" for side in sides)
        data = results["ours"]["data_bytes"]
        rest = ", ".join(
            f"{NAMES[side]} {middle(lambda one: one['memory'] - one['result']['data_bytes'], side) / 1e6:,.0f} MB"
            for side in sides)
        share = middle(lambda one: one["result"]["share_of_read_bandwidth"], "ours")
        means = ", ".join(f"{NAMES[side]} {results[side]['mean']:.4f}" for side in sides)
        notes.append(
            f"- {label}: all {results['ours']['rows']:,} rows take {seconds}. Besides the {data / 1e6:,.0f} MB of "
            f"embeddings, which every side holds: {rest}. Ours reads the embeddings at {share:.2f} of the "
            f"measured read bandwidth. Mean {'loss of the epoch' if workload.kind == 'train' else 'norm'}, a check "
            f"that the work is the same: {means}.")
    if workload.kind == "sam":
        costs = ", ".join(
            f"{NAMES[side]} {spread([one[side]['result']['cost_in_steps'] for one in rounds])}" for side in sides)
        notes.append(f"- {label}: a sharpness-aware step takes as long as so many plain ones, which ran in turn with it "
                     f"in the same process: {costs}.")
    if workload.is_job:
        means = "; ".join(
            f"{NAMES[side]} " + ", ".join(f"{key} {value:.4f}" for key, value in rounds[0][side]["means"].items())
            for side in sides)
        notes.append(f"- {label}: whole processes, memory as the kernel counted it. Mean scores, a check that the work "
                     f"is the same: {means}.")
    return notes


def general_notes(sides, chunks, tuning, last):
    """What holds for all rows; `last` is any round's measurements."""
    notes = [
        "- The share of the FMA peak counts the operations of direct convolution (training and GraNd: forward, weight "
        "gradient, and input gradient in all layers but the first; twice that for sam) against the peak measured in the same process, so "
        "Winograd can exceed 1.",
        "- Peak memory is the largest resident set of the whole process, in MB of 10^6 bytes.",
    ]
    if len(sides) > 1:
        notes.append("- A ratio above 1 means that ours is faster; it is taken within a round, where the sides run in "
                     "turn. A memory ratio below 1 means that ours needs less.")
        result = last[sides[1]]["result"]
        notes.append(f"- PyTorch is {result['version']}; Python with torch imported takes "
                     f"{result['baseline_rss'] / 1e6:,.0f} MB before any work.")
    if "tuned" in sides:
        notes.append("- PyTorch tuned is PyTorch with " + " ".join(f"{k}={v}" for k, v in tuning.items()) + ", which "
                     "keeps glibc from giving the memory of every activation back to the system.")
    if chunks:
        notes.append("- vmap chunk, the fastest of those tried: " + ", ".join(
            f"{network} {NAMES[side]} {best}" for (network, side), best in chunks.items()) + ".")
    return notes
