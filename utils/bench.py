#!/usr/bin/env python3
"""One LSTM, B=16, I=H=256, T=2000, two threads, everything kept: bptt against oneDNN, microseconds per step."""
import json
import subprocess
import sys

REPEAT = 5


def run(*command):
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if process.returncode:
        sys.exit(process.returncode)
    return json.loads(process.stdout)


def main():
    tools, program = sys.argv[1:]
    onednn = run(f"{tools}/bench-onednn-lstm", f"--repeat={REPEAT}")
    options = [f"--threads={onednn['threads']}", f"--repeat={REPEAT}", "--budget=max", "--format=json"]
    bptt = run(f"{tools}/bptt-run", program, *options)
    assert bptt["steps"] == onednn["steps"]
    ours = bptt["seconds"] / bptt["steps"] * 1e6
    theirs = onednn["us_per_step"]
    print(f"LSTM, f32, B={onednn['batch']} I={onednn['input']} H={onednn['hidden']} T={onednn['steps']}, "
          f"{onednn['threads']} threads, everything kept: microseconds per step, forward and backward")
    print(f"  bptt    {ours:8.1f}")
    print(f"  oneDNN  {theirs:8.1f}   ({onednn['forward_us_per_step']:.1f} + {onednn['backward_us_per_step']:.1f})")
    print(f"  ratio   {ours / theirs:8.2f}")


if __name__ == "__main__":
    main()
