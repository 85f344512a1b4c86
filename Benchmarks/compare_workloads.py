"""What `compare.py` measures: each workload as a command of ours and one of PyTorch's, and how to read the answers."""

import csv
import dataclasses
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUILT = os.path.join(os.path.dirname(HERE), ".build", "release")
HARNESS = os.path.join(BUILT, "curate-benchmark")
CURATE = os.path.join(BUILT, "curate")

KINDS = ["train", "sam", "evaluate", "grand", "job"]
IMAGES = {"resnet8": "28x28x1", "resnet32": "32x32x3", "resnet18": "32x32x3"}
VECTORS = ["linear", "mlp:256"]
NETWORKS = [*IMAGES, *VECTORS]
# How many examples vmap may work on at once: the best of these, tried once, is PyTorch's.
IMAGE_CHUNKS = [4, 8, 32, 128]
VECTOR_CHUNKS = [32, 128, 512, 2048]
JOB_SEEDS, JOB_EPOCHS = 3, 4
# At a constant rate the last epoch's accuracy swings by several points, and the mean scores with it by a factor of two;
# the cosine costs the same and makes them comparable.
JOB_SCHEDULE = ["--schedule", "cosine"]


@dataclasses.dataclass(frozen=True)
class Workload:
    kind: str
    network: str

    @property
    def is_job(self):
        return self.kind == "job"

    @property
    def on_rows(self):
        return self.network in VECTORS

    @property
    def unit(self):
        return "s" if self.is_job else "rows/s" if self.on_rows else "images/s"

    @property
    def chunks(self):
        """The vmap chunks to try, none when the workload needs no vmap."""
        if self.kind not in ("grand", "job"):
            return []
        return VECTOR_CHUNKS if self.on_rows else IMAGE_CHUNKS

    def shape(self, options):
        return str(options.columns) if self.on_rows else IMAGES[self.network]

    def arguments(self, options):
        """What both sides are told."""
        common = ["--workload", self.kind, "--network", self.network, "--shape", self.shape(options), "--batch",
                  str(options.batch), "--seconds", str(options.seconds), "--threads", str(options.threads)]
        return common + (["--rows", str(options.rows)] if self.on_rows else [])

    def ours(self, options, scratch):
        if not self.is_job:
            return [HARNESS, *self.arguments(options)]
        return [CURATE, "score", options.data, "--network", self.network, "--seeds", str(JOB_SEEDS), "--epochs",
                str(JOB_EPOCHS), "--by", "el2n,grand,forgetting", *JOB_SCHEDULE, "--threads", str(options.threads),
                "--store", os.path.join(scratch, "fresh.sqlite"), "--out", os.path.join(scratch, "scores.csv")]

    def peers(self, options, scratch, chunk):
        if self.is_job:
            return [sys.executable, os.path.join(HERE, "pytorch_score_job.py"), options.data, "--network",
                    self.network, "--seeds", str(JOB_SEEDS), "--epochs", str(JOB_EPOCHS), *JOB_SCHEDULE, "--chunk",
                    str(chunk), "--threads", str(options.threads), "--out", os.path.join(scratch, "scores.npz")]
        script = "pytorch_embeddings.py" if self.on_rows else "pytorch_throughput.py"
        command = [sys.executable, os.path.join(HERE, script), *self.arguments(options)]
        if chunk:
            command += ["--chunk", str(chunk)]
        if options.compile and self.kind != "grand":
            command += ["--compile"]
        return command

    def probe(self, options, chunk):
        """A short run of PyTorch's gradient norms, to find the best chunk."""
        common = ["--workload", "grand", "--network", self.network, "--shape", self.shape(options), "--chunk",
                  str(chunk), "--threads", str(options.threads), "--seconds", "1"]
        if self.on_rows:
            rows = min(options.rows, 200_000 if self.network == "linear" else 20_000)
            return [sys.executable, os.path.join(HERE, "pytorch_embeddings.py"), *common, "--rows", str(rows)]
        return [sys.executable, os.path.join(HERE, "pytorch_throughput.py"), *common, "--batch", str(options.batch),
                "--least", "1"]

    def speed(self, measurement):
        """Larger is faster: examples a second, or jobs a second."""
        return 1 / measurement.seconds if self.is_job else measurement.result["examples_per_second"]

    def shown(self, measurement):
        """The number in the table."""
        return measurement.seconds if self.is_job else measurement.result["examples_per_second"]

    def memory(self, measurement):
        """The harness and the scripts say what they had before they measured anything else."""
        return measurement.peak_rss if self.is_job else measurement.result["peak_rss"]


def selected(options):
    """The workloads asked for, in the table's order."""
    chosen = []
    for kind in KINDS:
        if kind in options.workloads:
            names = ["resnet8"] if kind == "job" else list(IMAGES) if kind in ("sam", "evaluate") else NETWORKS
            chosen += [Workload(kind, name) for name in names if name in options.networks]
    return chosen


def our_means(scratch):
    """The mean of each score in what `curate score` wrote."""
    with open(os.path.join(scratch, "scores.csv"), newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    names = ("el2n", "grand", "forgetting")
    return {name: sum(float(row[name]) for row in rows) / len(rows) for name in names}
