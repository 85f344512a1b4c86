"""Running a program and taking its measure: what it printed, how long it took, how much memory, who disturbed it."""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time


@dataclasses.dataclass
class Measurement:
    result: dict  # the last line of standard output when it is JSON, else empty
    seconds: float  # from start to end of the process
    peak_rss: int  # bytes; not less than what this process has, because Linux counts from before the exec
    others: float  # the share of the machine's processors that other programs used meanwhile


def processors():
    return len(os.sched_getaffinity(0))


def busy_seconds():
    """Processor time that the machine has spent on anything, the hypervisor's share included."""
    with open("/proc/stat") as lines:
        user, nice, system, _, _, interrupts, soft, steal = map(int, lines.readline().split()[1:9])
    return (user + nice + system + interrupts + soft + steal) / os.sysconf("SC_CLK_TCK")


def run(command, environment=None):
    """Runs a program to its end; leaves with its message when it fails."""
    with tempfile.TemporaryFile() as errors:
        busy = busy_seconds()
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            env={**os.environ, **(environment or {})},
        )
        try:
            output = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.terminate()
            child.wait()
            raise
        seconds = time.perf_counter() - start
        own = usage.ru_utime + usage.ru_stime
        others = (busy_seconds() - busy - own) / (seconds * processors())
        child.returncode = os.waitstatus_to_exitcode(status)
        child.stdout.close()
        if child.returncode != 0:
            errors.seek(0)
            message = errors.read().decode(errors="replace").strip()
            sys.exit(f"error: this ended with {child.returncode}:\n    {' '.join(command)}\n{message}")
    lines = output.decode().strip().splitlines()
    result = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    return Measurement(result, seconds, usage.ru_maxrss * 1024, max(0.0, others))
