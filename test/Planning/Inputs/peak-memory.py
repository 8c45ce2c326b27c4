"""Says whether a command line takes 10 MiB more than with --steps=1: what a process may write to is limited, since how much of
a library is in memory, and counted as resident, varies."""

import resource
import subprocess
import sys

MIB = 1 << 20


def runs(command, mib):
    limit = (mib * MIB, mib * MIB)
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, limit)).returncode == 0


command = sys.argv[1:]
short = ["--steps=1" if word.startswith("--steps=") else word for word in command]
too_little, enough = 0, 1024
if not runs(short, enough):
    sys.exit(f"does not run in {enough} MiB: {' '.join(short)}")
while enough - too_little > 1:
    middle = (too_little + enough) // 2
    if runs(short, middle):
        enough = middle
    else:
        too_little = middle
print(f"takes {'less than' if runs(command, enough + 10) else 'at least'} 10 MiB more than for --steps=1")
