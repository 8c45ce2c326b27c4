"""Says how much more memory a command line takes than with --steps=1, in tens of MiB rounded to the nearest."""

import subprocess
import sys

MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_kib(command):
    """How much of a library is in memory, and counted, varies; the least is what is needed."""
    return min(int(subprocess.check_output([sys.executable, "-c", MEASURE, *command])) for _ in range(3))


command = sys.argv[1:]
short = ["--steps=1" if word.startswith("--steps=") else word for word in command]
more = (peak_kib(command) - peak_kib(short)) / 1024
print(f"takes {round(more / 10) * 10} MiB more than for --steps=1")
