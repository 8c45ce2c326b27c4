#!/usr/bin/env python3
"""Runs bptt-run over examples and budgets and prints a table; fails if a row breaks what bptt promises."""
import json
import subprocess
import sys

BUDGETS = ["max", "50%", "20%", "10%", "5%", "2%", "1%"]
HEAD = (f"{'':>6}  {'peak':^36}  {'evaluations a step':^18}  {'time':^15}  gradient,\n"
        f"{'budget':>6}  {'planned':>12}{'by the IR':>12}{'measured':>12}  {'planned':>9}{'measured':>9}"
        f"  {'seconds':>8}{'ratio':>7}  against plain BPTT")


def size(count):
    return f"{count / 2**20:.2f} MiB" if count >= 2**20 else f"{count / 2**10:.1f} KiB"


def row(budget, r):
    steps = max(1, r["steps"])
    same = "bit-identical" if r["gradient_bit_identical"] else f"differs by {r['gradient_max_relative_difference']:.1e}"
    return (f"{budget:>6}  {size(r['planned_peak_bytes']):>12}{size(r['analyzed_peak_bytes']):>12}{size(r['measured_peak_bytes']):>12}"
            f"  {r['planned_forward_evaluations'] / steps:9.3f}{r['forward_evaluations'] / steps:9.3f}"
            f"  {r['seconds']:8.3f}{r['seconds'] / r['full_seconds']:7.2f}  {same}")


def keeps_promises(r):
    return (r["planned_peak_bytes"] == r["analyzed_peak_bytes"] == r["measured_peak_bytes"] <= r["budget_bytes"]
            and r["gradient_bit_identical"] and r["planned_forward_evaluations"] == r["forward_evaluations"])


def table(name, command):
    print(f"\n{name}\n{HEAD}")
    good = True
    for budget in BUDGETS:
        # Finite differences check the program, not the plan: once is enough.
        check = "all" if budget == BUDGETS[0] else "plain"
        run = subprocess.run(command + [f"--budget={budget}", f"--check={check}", "--repeat=3", "--format=json"],
                             capture_output=True, text=True)
        if run.stdout:
            result = json.loads(run.stdout)
            print(row(budget, result), flush=True)
            good &= keeps_promises(result)
        if run.returncode:
            print(f"{budget:>6}  {run.stderr.strip()}", flush=True)
            good = False
    return good


def main():
    tool, examples, text = sys.argv[1:]
    tables = [table("LSTM language model on the GNU GPL, 2000 steps (examples/char_lm.mlir)",
                    [tool, f"{examples}/char_lm.mlir", "--arg", f"0=text:{text}"]),
              table("LSTM, 1000 steps (examples/lstm.mlir)", [tool, f"{examples}/lstm.mlir"])]
    return 0 if all(tables) else 1


if __name__ == "__main__":
    sys.exit(main())
