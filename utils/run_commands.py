#!/usr/bin/env python3
"""Runs every command in the ```sh blocks of a document, from the top of the repository; fails with the first that fails.

usage: run_commands.py DOCUMENT TOP BUILD    (build/ in commands stands for BUILD)
"""
import re
import subprocess
import sys


def main():
    document, top, build = sys.argv[1:]
    blocks = re.findall(r"^```sh\n(.*?)^```", open(document).read(), re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines() if line.strip()]
    if not commands:
        sys.exit(f"{document}: no commands")
    for command in commands:
        print(f"$ {command}", flush=True)
        run = subprocess.run(["bash", "-c", re.sub(r"\bbuild/", f"{build}/", command)], cwd=top)
        if run.returncode:
            sys.exit(f"{document}: exit status {run.returncode} of: {command}")


if __name__ == "__main__":
    main()
