#!/usr/bin/env python3
"""Runs a program on the CPU and as emulated GPU kernels, and compares results; fails where they differ too much.

usage: compare_targets.py BPTT-RUN NUMBER-OF-RESULTS TOLERANCE FILE [OPTIONS] [-- OPTIONS OF THE EMULATED RUN]

The measure is the largest difference over the largest value of a result.
"""
import array
import ast
import os
import struct
import subprocess
import sys
import tempfile


def read(path):
    data = open(path, "rb").read()
    size = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:10 + size].decode())
    if header["descr"] == "|V2":  # bf16: the upper half of an f32
        return [struct.unpack("<f", b"\0\0" + data[i:i + 2])[0] for i in range(10 + size, len(data), 2)]
    if header["descr"] == "<f2":
        return struct.unpack(f"<{(len(data) - 10 - size) // 2}e", data[10 + size:])
    values = array.array({"<f4": "f", "<f8": "d"}[header["descr"]])
    values.frombytes(data[10 + size:])
    return values


def run(tool, count, folder, name, options):
    files = [os.path.join(folder, f"{name}{i}.npy") for i in range(count)]
    command = [tool, *options, *(f"--result={i}={file}" for i, file in enumerate(files))]
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if process.returncode:
        sys.exit(f"exit status {process.returncode}: {' '.join(command)}")
    return [read(file) for file in files]


def main():
    tool, count, tolerance, *options = sys.argv[1:]
    end = options.index("--") if "--" in options else len(options)
    options, extra = options[:end], options[end + 1:]
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        cpu = run(tool, int(count), folder, "cpu", options)
        gpu = run(tool, int(count), folder, "gpu", [*options, "--emulate-gpu", *extra])
    for i, (expected, found) in enumerate(zip(cpu, gpu)):
        assert len(expected) == len(found) > 0
        largest = max(map(abs, expected))
        if largest == 0.0:
            sys.exit(f"result {i} is all zeros: nothing is compared")
        difference = max(abs(a - b) if a == a and b == b else float("inf") for a, b in zip(expected, found)) / largest
        if difference > float(tolerance):
            sys.exit(f"result {i} differs by {difference:.3g} of its largest value")
        worst = max(worst, difference)
    print(f"{count} results agree to {worst:.3g}")


if __name__ == "__main__":
    main()
