#!/usr/bin/env python3
"""Recurrences on a GPU, forward and backward, at several budgets, beside PyTorch and JAX where they are; and what launches and
barriers cost.

Inputs are random; how often a step is evaluated is the plan's number, which `bptt-run --check` and the tests compare with what runs.

usage: bench.py --prepare=FOLDER | --from=FOLDER | (neither: prepare, and run here) [--only=REGEX] [--steps=N] [--minutes=N]
                [--seconds=N]
"""
import argparse
import glob
import json
import os
import re
import shutil
import sys

import device
import models
from kit import SECONDS, TOP, Builder, Failed, Kit, TimeUp, find_kernel_format, in_parallel
from sizes import show_bytes, show_table

# model, B, I, H, T; and the budgets: everything that plain BPTT keeps only where a GPU may have room for it
SHAPES = (
    (("lstm", 64, 1024, 1024, 4096), ("max", "2GiB", "512MiB")),
    (("lstm", 16, 768, 768, 1024), ("max",)),  # 282 MiB: less than the others
    (("gru", 64, 512, 512, 32768), ("max", "2GiB", "512MiB")),
    (("rnn", 64, 64, 512, 100000), ("max", "2GiB", "512MiB")),
    (("lstm", 64, 1024, 1024, 65535), ("2GiB", "512MiB", "max")),
    (("lstm", 16, 64, 1024, 1048576), ("2GiB", "512MiB")),
)
ELEMENTS = ("bf16", "f32")
# (name, script, element type, kind)
PEERS = (
    ("nn, bf16", "peer_torch.py", "bf16", "whole"),
    ("nn, f16", "peer_torch.py", "f16", "whole"),
    ("nn, f32", "peer_torch.py", "f32", "whole"),
    ("nn in chunks, bf16", "peer_torch.py", "bf16", "chunks"),
    ("nn in chunks, f32", "peer_torch.py", "f32", "chunks"),
    ("JAX in chunks, bf16", "peer_jax.py", "bf16", "chunks"),
    ("JAX in chunks, f32", "peer_jax.py", "f32", "chunks"),
)
PRODUCTS = ("nvvm", "wgmma", "cublas")
# What reading a report raises that has not what it should have.
UNREADABLE = (ValueError, IndexError, KeyError, TypeError, AttributeError)
REPEAT = 3
# More steps take seconds: one run, and one round, say enough.
MANY_STEPS = 20000
# Longer runs are launched one by one: the driver keeps every launch of a graph.
MOST_RECORDED_STEPS = 70000


def differs(products, chip, shape, element):
    """Whether there is a difference between such products and those of nvvm: wgmma is for many rows of narrow numbers."""
    _, batch, *_ = shape
    return products != "wgmma" or (chip == "sm_90a" and batch > 32 and element != "f32")


def prepare(kit, build, chip):
    builder = Builder(kit, build, chip)
    shutil.copy(builder.tool("bench-gpu-costs"), kit.folder)
    for source in glob.glob(os.path.join(TOP, "bench", "gpu", "*.ptx")):
        shutil.copy(source, kit.folder)

    def compile_one(item):
        model, batch, inputs, hidden, element, products = item
        stem = f"{model}-{batch}-{inputs}-{hidden}-{element}-{products}"
        text = models.read_model(model, batch, inputs, hidden, element)
        error = builder.emit_gpu(builder.write(stem, text), f"{stem}.gpu.so", f"--matmul={products}",
                                 f"--kernels={find_kernel_format()}")
        entry = {"gpu": f"{stem}.gpu.so"} if error is None else {"missing": error}
        return [model, batch, inputs, hidden, element, products, entry]

    shapes = list(dict.fromkeys(shape[:4] for shape, _ in SHAPES))
    libraries = in_parallel(compile_one, [(*shape, element, products) for shape in shapes for element in ELEMENTS
                                          for products in PRODUCTS if differs(products, chip, shape, element)])
    kit.write({"chip": chip, "libraries": libraries})
    for leftover in glob.glob(kit.file("*.h")) + glob.glob(kit.file("*.mlir")):
        os.remove(leftover)
    print(f"{kit.folder}: {len(libraries)} programs for {chip}")


class Contestant:
    """One line of a table; its measurements come one a round, and the last failure counts."""

    def __init__(self, name, element, measure):
        self.name, self.element, self.measure = name, element, measure
        self.seconds, self.row, self.missing = [], {}, None

    def run(self, steps):
        """Measures once, and says at once what came of it."""
        if self.missing:
            return
        try:
            row = self.measure()
            self.missing = row.get("missing")
            if not self.missing:
                show_bytes(row["peak_bytes"])
                self.seconds.append(float(row["seconds"]))
                self.row = row
        except TimeUp as reason:
            if not self.seconds:
                self.missing = str(reason)
            return
        except Failed as failure:
            self.missing = str(failure)
        except UNREADABLE as failure:
            self.missing = f"its report cannot be read: {type(failure).__name__}: {failure}"
        said = self.missing or ", ".join([f"{self.seconds[-1] / steps * 1e6:.3g} us a step", *(
            f"{name} {self.row[name]:.6g}" for name in ("peak_bytes", "graphs", "evaluations", "value") if name in self.row)])
        print(f"  {self.name}: {said}", flush=True)

    def median(self):
        return sorted(self.seconds)[len(self.seconds) // 2]


def count_repeats(steps):
    return 1 if steps > MANY_STEPS else REPEAT


def make_ours(kit, library, budget, shape):
    """A function that measures a library once."""
    *_, steps = shape
    repeat = count_repeats(steps)
    options = [f"--steps={steps}", f"--budget={budget}", f"--repeat={repeat}"]
    if steps <= MOST_RECORDED_STEPS:
        options.append("--graph")

    def measure():
        report = kit.run_library(library, *options)
        taken = report["device_memory_bytes"]
        if report["value"] is None:
            raise Failed("the result is not a number")
        return {"seconds": report["seconds"], "value": report["value"], "peak_bytes": report["measured_peak_bytes"], "graphs": taken["graphs"],
                "evaluations": report["planned_forward_evaluations"] / max(1, report["steps"])}
    return measure


def make_peer(kit, script, shape, element, kind, python):
    command = [python, os.path.join(os.path.dirname(os.path.abspath(__file__)), script), *map(str, shape), element, kind,
               str(count_repeats(shape[-1]))]

    def measure():
        said = kit.execute(command)
        return json.loads(said.strip().splitlines()[-1])
    return measure


def list_contestants(kit, description, shape, budgets, python):
    model, batch, inputs, hidden, _ = shape
    for *key, element, products, entry in description["libraries"]:
        if key != [model, batch, inputs, hidden]:
            continue
        for budget in budgets:
            name = f"bptt, {element}, {products}, {budget}"
            if "missing" in entry:
                yield Contestant(name, element, lambda entry=entry: entry)
            else:
                yield Contestant(name, element, make_ours(kit, entry["gpu"], budget, shape))
    for name, script, element, kind in PEERS:
        yield Contestant(name, element, make_peer(kit, script, shape, element, kind, python))


def show(contestants, steps):
    """Times, and for our lines how many times as long as each peer of as wide a type they take."""
    peers = [c for c in contestants if not c.missing and not c.name.startswith("bptt")]
    rows = [["", "us a step", "peak", "evaluations a step", "times as long as"]]
    for c in contestants:
        if c.missing:
            rows.append([c.name, "-", "-", "-", c.missing[:100]])
            continue
        ratios = [f"{c.median() / p.median():.2f} x {p.name}" for p in peers
                  if (p.element == "f32") == (c.element == "f32") and c.name.startswith("bptt")]
        evaluations = f"{c.row['evaluations']:.2f}" if "evaluations" in c.row else "-"
        graphs = f" + {show_bytes(c.row['graphs'])} graph" if c.row.get("graphs", 0) > 0 else ""
        rows.append([c.name, f"{c.median() / steps * 1e6:.3g}", show_bytes(c.row["peak_bytes"]) + graphs, evaluations,
                     ", ".join(ratios) or "-"])
    show_table(rows)
    for version in sorted({c.row["version"] for c in contestants if "version" in c.row}):
        print(f"  {version}")


def show_costs(kit):
    print("\nWhat launches and barriers cost, in nanoseconds", flush=True)
    try:
        costs = json.loads(kit.execute([kit.file("bench-gpu-costs"), kit.folder]))["costs"]
        rows = [[cost["what"], str(cost["blocks"]),
                 f"{cost['nanoseconds']:.0f}" if "nanoseconds" in cost else f"- ({cost['missing']})"] for cost in costs]
    except Failed as failure:
        print(f"  not measured: {failure}")
        return
    except UNREADABLE as failure:
        print(f"  not measured: the report cannot be read: {type(failure).__name__}: {failure}")
        return
    show_table([["", "blocks", "ns"], *rows])


def run(kit, options):
    description = kit.read()
    try:
        name, capability = device.find_device()
    except device.NoDevice as missing:
        sys.exit(f"no GPU: {missing}")
    print(f"{name}, sm_{capability}; kernels for {description['chip']}; medians of {options.rounds} rounds, in turn, of the "
          f"medians of {REPEAT} runs, of more than {MANY_STEPS} steps one; forward and backward", flush=True)
    show_costs(kit)
    measured = 0
    for shape, budgets in SHAPES:
        model, batch, inputs, hidden, steps = shape
        steps = min(steps, options.steps or steps)
        title = f"{model} B={batch} I={inputs} H={hidden} T={steps}"
        if options.only and not re.search(options.only, title):
            continue
        print(f"\n{title}", flush=True)
        contestants = [each for each in list_contestants(kit, description, (*shape[:4], steps), budgets, options.python)
                       if re.search(options.contestants, each.name)]
        for _ in range(1 if steps > MANY_STEPS else options.rounds):
            for contestant in contestants:
                contestant.run(steps)
        print()
        show(contestants, steps)
        measured += sum(not c.missing for c in contestants)
    return 0 if measured else 1


def main():
    parser = argparse.ArgumentParser(prog="./dev bench --gpu", description="Recurrences on a GPU, with PyTorch and JAX.")
    parser.add_argument("--prepare", metavar="FOLDER", help="only compile, into this folder")
    parser.add_argument("--from", metavar="FOLDER", dest="source", help="only run what was prepared in this folder")
    parser.add_argument("--only", metavar="REGEX", help="only shapes whose titles contain it")
    parser.add_argument("--contestants", metavar="REGEX", default="", help="only lines whose names contain it")
    parser.add_argument("--steps", type=int, metavar="N", help="at most so many steps, where there is little time")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contestant's turn comes (default 3)")
    parser.add_argument("--minutes", type=float, default=60, help="after which everything is stopped (default 60)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"that one measurement may take (default {SECONDS})")
    parser.add_argument("--chip", help="the chip to prepare for (default: this machine's GPU, or sm_90a)")
    parser.add_argument("--python", default=sys.executable, help="the Python that has PyTorch and JAX (default: this one)")
    parser.add_argument("--build", default=os.path.join(TOP, "build"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.prepare:
        return prepare(Kit(options.prepare, "bench"), options.build, options.chip or "sm_90a")
    if options.source:
        sys.exit(run(Kit(options.source, "bench", options.minutes, options.seconds), options))
    try:
        _, capability = device.find_device()
        chip = options.chip or device.chip_for(capability)
    except device.NoDevice as missing:
        sys.exit(f"no GPU: {missing}; --prepare=FOLDER makes what a machine with one needs")
    folder = os.path.join(options.build, "gpu")
    prepare(Kit(folder, "bench"), options.build, chip)
    sys.exit(run(Kit(folder, "bench", options.minutes, options.seconds), options))


if __name__ == "__main__":
    main()
