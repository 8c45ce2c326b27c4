#!/usr/bin/env python3
"""Assembles the kernels of a lowered module and prints what they use; fails on a spill, an external
symbol, or waits that ptxas adds.

usage: bptt-opt ... --bptt-pipeline="target=nvptx chip=CHIP ..." | assemble_kernels.py CHIP [PTXAS]
"""
import os
import re
import subprocess
import sys
import tempfile


def unescape(text):
    raw = re.sub(rb"\\([0-9A-F]{2}|.)", lambda m: bytes([int(m[1], 16)]) if len(m[1]) == 2 else m[1], text.encode())
    return raw.decode()


def main():
    chip, ptxas = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "ptxas"
    programs = re.findall(r'assembly = "((?:[^"\\]|\\.)*)"', sys.stdin.read())
    if not programs:
        sys.exit("no PTX: was the module lowered with format=isa?")
    kernels = 0
    for program in programs:
        ptx = unescape(program).rstrip("\0")
        # Shared memory of a size that the launch knows is declared so as well.
        if missing := re.search(r"\.extern (?!\.shared).*", ptx):
            sys.exit(f"needs what is not there: {missing[0]}")
        with tempfile.TemporaryDirectory() as folder:
            source, cubin = os.path.join(folder, "kernels.ptx"), os.path.join(folder, "kernels.cubin")
            open(source, "w").write(ptx)
            process = subprocess.run([ptxas, f"-arch={chip}", "-v", "--warn-on-spills", source, "-o", cubin],
                                     stderr=subprocess.PIPE, text=True)
            if process.returncode:
                sys.exit(process.stderr)
            bytes_ = os.path.getsize(cubin)
        # What ptxas does where registers of wgmma are used too early.
        if moved := re.search(r".*(warpgroup\.\w+ is injected|are serialized).*", process.stderr):
            sys.exit(moved[0])
        pattern = (r"Compiling entry function '(\S+)'.*?\n.*?\n\s*(\d+) bytes stack frame, (\d+) bytes spill stores, "
                   r"(\d+) bytes spill loads\n.*?Used (\d+) registers([^\n]*)")
        for name, stack, stores, loads, registers, rest in re.findall(pattern, process.stderr):
            shared = re.search(r"(\d+) bytes smem", rest)
            print(f"{name}: {registers} registers, {shared[1] if shared else 0} bytes shared, {stack} bytes of stack")
            if int(stores) or int(loads):
                sys.exit(f"{name} spills: {stores} bytes stored, {loads} loaded")
            kernels += 1
        if kernels != len(re.findall(r"\.entry", ptx)):
            sys.exit("ptxas did not report on every kernel:\n" + process.stderr)
    print(f"{kernels} kernels for {chip}, {bytes_} bytes of cubin, no spills")


if __name__ == "__main__":
    main()
