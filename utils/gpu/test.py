#!/usr/bin/env python3
"""The checks that need a GPU: every example's gradient, inside its budget, the same bits every time, no bad access, no race.

usage: test.py --prepare=FOLDER | --from=FOLDER | (neither: prepare, and run here) [--only=REGEX] [--minutes=N] [--seconds=N]
               [--chip=NAME]
"""
import argparse
import filecmp
import glob
import os
import re
import shutil
import sys
import tempfile
import threading
import time

import device
import models
from kit import SECONDS, TOP, Builder, Failed, Kit, TimeUp, find_kernel_format, in_parallel
from sizes import show_bytes

EXAMPLES = ("rnn", "lstm", "gru", "ode", "char_lm", "char_lm_2layer", "chain")
SMALL = EXAMPLES + ("lstm_bf16", "rnn_reverse", "rnn_outputs", "stacked_lstm", "seq2seq")
BUDGETS = ("max", "50%", "20%", "5%", "1%")
# Of the largest element of a result, from the CPU's. For bf16 and f16, from f64: so many times the error of the same on the CPU.
TOLERANCES = {"f32": 1e-5, "f64": 1e-12}
NARROW_FACTOR = 2
# The same where products round their factors.
ROUNDED_TOLERANCES = {"tf32": 1e-2, "bf16": 5e-2}
# Of gradients that are sums of 320000 terms in f32, each sum in one order on a GPU and in another on a CPU.
LONG_TOLERANCE = 1e-3
# A driver gives out device memory in pages of this size.
PAGE_BYTES = 2 << 20
GUARD_BYTES = 4096  # that bptt-exec puts behind a workspace
# Calls of the driver are checked where they are made.
SANITIZERS = {"memcheck": ["--report-api-errors=no"], "racecheck": []}
# Where compute-sanitizer may be beside PATH.
SANITIZER_FOLDERS = ("/usr/local/cuda/bin", "/usr/local/cuda/compute-sanitizer", "/opt/nvidia/compute-sanitizer")
SANITIZERS_AT_ONCE = 6
NO_CUBLASLT = "there is no cuBLASLt here"


# What a kit holds.

def list_programs():
    """(name, element type, source, further fields) of everything that is compiled."""
    # What takes little time comes first, and so does what is like nothing else.
    for name in SMALL:
        source = os.path.join(TOP, "test", "Integration", "Inputs", f"{name}.mlir")
        element = "bf16" if name.endswith("bf16") else "f32"
        yield f"small {name}", element, source, {"budgets": ("max", "floor"), "sanitize": True}
    for model in ("lstm", "gru", "rnn"):
        for element in ("f32", "bf16", "f16"):
            yield f"dynamic {model} {element}", element, (model, 8, 24, 40, element), \
                {"budgets": ("max", "5%"), "steps": 300}
    yield "lstm_bf16", "bf16", os.path.join(TOP, "examples", "lstm_bf16.mlir"), {"budgets": BUDGETS}
    for name in EXAMPLES:
        for element, budgets in (("f32", BUDGETS), ("f64", ("max", "5%"))):
            yield f"{name} {element}", element, os.path.join(TOP, "examples", f"{name}.mlir"), {"budgets": budgets}
    for name, element, precision in (("lstm", "f32", "tf32"), ("char_lm_2layer", "f32", "tf32"), ("lstm_bf16", "bf16", "bf16")):
        source = os.path.join(TOP, "examples", f"{name}.mlir")
        yield f"{name} products in {precision}", element, source, {"budgets": ("max", "5%"), "precision": precision}
    yield "dynamic gru products in tf32", "f32", ("gru", 8, 24, 40, "f32"), \
        {"budgets": ("max", "5%"), "steps": 300, "precision": "tf32"}
    yield "long lstm", "f32", ("lstm", 16, 64, 256, "f32"), \
        {"budgets": ("5%",), "memory": ("64MiB", "256MiB"), "steps": 20000, "tolerance": LONG_TOLERANCE}
    for kernels in ("isa", "fatbin"):
        source = os.path.join(TOP, "examples", "lstm.mlir")
        yield f"lstm {kernels}", "f32", source, {"budgets": ("20%",), "kernels": kernels}
    for name, element in (("lstm", "f32"), ("char_lm_2layer", "f32"), ("gru", "f64")):
        source = os.path.join(TOP, "examples", f"{name}.mlir")
        yield f"{name} {element} cublas", element, source, {"budgets": ("max", "5%"), "matmul": "cublas"}
    yield "dynamic lstm bf16 cublas", "bf16", ("lstm", 8, 24, 40, "bf16"), \
        {"budgets": ("max", "5%"), "steps": 300, "matmul": "cublas"}
    # Rows, units and inputs that are multiples of tiles, and some that are none.
    for model, sizes in (("lstm", (64, 128, 256)), ("gru", (72, 40, 200)), ("rnn", (128, 64, 512))):
        for element in ("bf16", "f16"):
            yield f"{model} {element} wgmma", element, (model, *sizes, element), \
                {"budgets": ("max", "20%"), "steps": 50, "matmul": "wgmma"}
    yield "small lstm bf16 wgmma", "bf16", ("lstm", 64, 64, 64, "bf16"), \
        {"budgets": ("max",), "steps": 4, "matmul": "wgmma", "sanitize": True}


def prepare(kit, build, chip):
    builder = Builder(kit, build, chip)

    def compile_one(item):
        name, element, source, fields = item
        stem = name.replace(" ", "-")
        kernels, matmul = fields.pop("kernels", find_kernel_format()), fields.pop("matmul", "nvvm")
        precision = fields.pop("precision", None)
        if kernels != "isa" and not shutil.which("ptxas"):
            return dict(name=name, missing="there was no ptxas where the kit was prepared")
        if matmul == "wgmma" and chip != "sm_90a":
            return dict(name=name, missing=f"{chip} has no wgmma")
        if isinstance(source, tuple):
            source = builder.write(stem, models.read_model(*source))
        elif element == "f64":
            source = builder.widen(source, stem)
        # What is in bf16 or f16 is compared with f64, the rest with itself.
        reference = builder.widen(source, f"{stem}-reference") if element in ("bf16", "f16") else source
        tolerance = ROUNDED_TOLERANCES.get(precision) or TOLERANCES.get(element)
        program = {"name": name, "gpu": f"{stem}.gpu.so", "cpu": f"{stem}.cpu.so", "tolerance": tolerance, **fields}
        options = [f"--kernels={kernels}", f"--matmul={matmul}"]
        if precision:
            options.append(f"--matmul-precision={precision}")
        error = builder.emit_gpu(source, program["gpu"], *options) or \
            builder.emit_cpu(reference, program["cpu"], "--threads=4")
        if error:
            sys.exit(f"{name} does not compile: {error}")
        if tolerance is None:
            narrow = f"{stem}.narrow.so"
            if error := builder.emit_cpu(source, narrow, "--threads=4"):
                sys.exit(f"{name} does not compile: {error}")
            report = kit.run_library(narrow, *get_steps(program), "--budget=max", f"--against={kit.file(program['cpu'])}",
                                     "--tolerance=1e9")
            program["tolerance"] = NARROW_FACTOR * report["against_max_relative_difference"]
            os.remove(kit.file(narrow))
        return program

    programs = in_parallel(compile_one, list_programs())
    kit.write({"chip": chip, "programs": programs})
    for leftover in glob.glob(kit.file("*.h")) + glob.glob(kit.file("*.mlir")):
        os.remove(leftover)
    print(f"{kit.folder}: {len(programs)} programs for {chip}")


# What is done with it.

class Results:
    def __init__(self):
        self.passed = self.failed = 0
        self.missing = []
        self.lock = threading.Lock()

    def check(self, name, function, *arguments):
        start = time.monotonic()
        try:
            said, word = function(*arguments), "ok"
        except TimeUp as reason:
            return self.skip(name, reason)
        except Exception as failure:  # of the check's own as well: the others go on
            kind = "" if isinstance(failure, Failed) else f"{type(failure).__name__}: "
            said, word = f"{kind}{failure}", "FAILED"
        with self.lock:
            self.passed += word == "ok"
            self.failed += word != "ok"
            print(f"{word:6} {name}: {said} [{time.monotonic() - start:.1f} s]", flush=True)

    def skip(self, name, reason):
        self.missing.append(name)
        print(f"{'-':6} {name}: {reason}", flush=True)


def get_budgets(kit, program):
    """(name, bytes) of the budgets; one that is below the floor is the floor."""
    info = kit.run_library(program["gpu"], *get_steps(program), "--budget=max")
    floor, full = info["floor_bytes"], info["full_bytes"]
    for name in program["budgets"]:
        share = {"max": full, "floor": floor}.get(name)
        if share is None:
            share = int(full * float(name.rstrip("%")) / 100)
        yield (name, share) if share >= floor else (f"{name}, below the floor", floor)


def get_steps(program):
    return [f"--steps={program['steps']}"] if program.get("steps") else []


def require(holds, what):
    if not holds:
        raise Failed(what)


def check_memory(report):
    """What the driver gave out for the workspace is the plan's, and later runs take nothing."""
    taken = report["device_memory_bytes"]
    planned = report["planned_peak_bytes"]
    # One page more: the workspace may begin in the middle of one.
    most = (-(-(planned + GUARD_BYTES) // PAGE_BYTES) + 1) * PAGE_BYTES
    require(planned <= report["budget_bytes"], f"planned {planned} bytes, more than the budget")
    require(taken["workspace"] <= most, f"the workspace took {taken['workspace']} bytes, planned {planned}")
    require(taken["runs"] <= 0, f"runs took {taken['runs']} bytes")
    parts = ", ".join(f"{name} {show_bytes(count)}" for name, count in taken.items())
    return f"planned {show_bytes(planned)}; taken: {parts}; {report['graph_launches']} launches"


class Gradients:
    """The checks of one program's gradient. Results are the same bits at all budgets, so one is compared with the CPU's."""

    def __init__(self, kit, program):
        self.kit, self.program = kit, program
        self.folder = tempfile.TemporaryDirectory(prefix="bptt-")
        self.first = None

    def check(self, budget):
        """Bit-identical to plain BPTT, from run to run, replayed and not; the CPU's results but for rounding."""
        program, files = self.program, self.list_files(budget)
        compared = [] if self.first else [f"--against={self.kit.file(program['cpu'])}", f"--tolerance={program['tolerance']}"]
        report = self.kit.run_library(
            program["gpu"], *get_steps(program), f"--budget={budget}", "--check", "--graph", "--repeat=2", *compared,
            *(option for i, file in enumerate(files) for option in ("--result", f"{i}={file}")))
        require(report["gradient_bit_identical"] and report["runs_bit_identical"] and not report["failures"],
                f"it did not say that all is well: {report}")
        said = "the same bits"
        if not self.first:
            self.first, said = files, f"{report['against_max_relative_difference']:.1e} from the CPU"
        for number, (one, other) in enumerate(zip(self.first, files)):
            require(filecmp.cmp(one, other, shallow=False), f"result #{number} differs from that at the first budget")
        return (f"{said}, peak {show_bytes(report['measured_peak_bytes'])} of {show_bytes(budget)}, "
                f"{report['seconds'] * 1e3:.3g} ms, {report['seconds'] / report['full_seconds']:.3g} times plain BPTT "
                f"(planned {report['planned_time_ratio']:.3g})")

    def list_files(self, budget):
        described = self.kit.run_library(self.program["gpu"], "--describe")
        return [os.path.join(self.folder.name, f"{budget}-{i}.npy") for i in range(len(described["results"]))]


def check_taken(kit, program, budget):
    return check_memory(kit.run_library(program["gpu"], *get_steps(program), f"--budget={budget}", "--graph", "--repeat=2"))


def check_long(kit, program, budget):
    report = kit.run_library(program["gpu"], *get_steps(program), f"--budget={budget}", "--graph")
    return (f"{check_memory(report)}; plain BPTT takes {show_bytes(report['full_bytes'])}, "
            f"{report['seconds'] * 1e6 / max(1, report['steps']):.3g} us a step")


def sanitize(kit, program, budget, tool, sanitizer):
    # Without --check, which other processes did: under the sanitizer the driver takes memory at any time.
    said = kit.execute([sanitizer, f"--tool={tool}", "--error-exitcode=86", *SANITIZERS[tool], kit.file("bptt-exec"),
                        kit.file(program["gpu"]), *get_steps(program), f"--budget={budget}"])
    summary = re.search(r"SUMMARY: 0 (errors|hazards).*", said)
    require(summary, f"its summary is not there: {said.strip()[-200:]}")
    return summary[0]


def run(kit, only, sanitizer):
    description = kit.read()
    try:
        name, capability = device.find_device()
    except device.NoDevice as missing:
        sys.exit(f"no GPU: {missing}")
    print(f"{name}, sm_{capability}; kernels for {description['chip']}", flush=True)
    results = Results()
    sanitized = []  # last, several at once: they measure no memory
    for program in description["programs"]:
        name = program["name"]
        if only and not re.search(only, name):
            continue
        if "missing" in program:
            results.skip(name, f"not run: {program['missing']}")
            continue
        try:
            budgets = list(get_budgets(kit, program)) if "budgets" in program else []
        except TimeUp as reason:
            results.skip(name, reason)
            continue
        except Failed as failure:
            if NO_CUBLASLT in str(failure):
                results.skip(name, f"not run: {NO_CUBLASLT}")
            else:
                results.check(name, fail, failure)
            continue
        gradients = Gradients(kit, program)
        for label, budget in budgets:
            results.check(f"{name}, {label}", gradients.check, budget)
        if budgets and not program.get("sanitize"):
            results.check(f"{name}, memory at {budgets[-1][0]}", check_taken, kit, program, budgets[-1][1])
        for budget in program.get("memory", ()):
            results.check(f"{name}, memory at {budget}", check_long, kit, program, budget)
        for tool in SANITIZERS if program.get("sanitize") else ():
            if sanitizer:
                sanitized += [(f"{name}, {tool} at {label}", sanitize, kit, program, budget, tool, sanitizer)
                              for label, budget in budgets]
            else:
                results.skip(f"{name}, {tool}", "not run: there is no compute-sanitizer here")
    in_parallel(lambda check: results.check(*check), sanitized, SANITIZERS_AT_ONCE)
    print(f"{results.passed} passed, {results.failed} failed, {len(results.missing)} not run")
    return 1 if results.failed or not results.passed else 0


def fail(failure):
    raise failure


def main():
    parser = argparse.ArgumentParser(prog="./dev test --gpu", description=__doc__.splitlines()[0])
    parser.add_argument("--prepare", metavar="FOLDER", help="only compile, into this folder")
    parser.add_argument("--from", metavar="FOLDER", dest="source", help="only run what was prepared in this folder")
    parser.add_argument("--only", metavar="REGEX", help="only programs whose names contain it")
    parser.add_argument("--minutes", type=float, default=60, help="after which everything is stopped (default 60)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"that one command may take (default {SECONDS})")
    parser.add_argument("--chip", help="the chip to prepare for (default: this machine's GPU, or sm_90a)")
    parser.add_argument("--sanitizer", metavar="FILE", help="compute-sanitizer, where it is not on PATH")
    parser.add_argument("--build", default=os.path.join(TOP, "build"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.prepare and (options.source or options.only):
        parser.error("--prepare runs nothing, so there is nothing for --from or --only")
    if options.chip and options.source:
        parser.error("--from compiles nothing, so there is nothing for --chip")
    sanitizer = options.sanitizer or shutil.which("compute-sanitizer", path=":".join([os.environ["PATH"], *SANITIZER_FOLDERS]))
    if options.source:
        sys.exit(run(Kit(options.source, "test", options.minutes, options.seconds), options.only, sanitizer))
    if options.prepare:
        return prepare(Kit(options.prepare, "test"), options.build, options.chip or "sm_90a")
    try:
        _, capability = device.find_device()
        chip = options.chip or device.chip_for(capability)
    except device.NoDevice as missing:
        sys.exit(f"no GPU: {missing}; --prepare=FOLDER makes what a machine with one needs")
    folder = os.path.join(options.build, "gpu")
    prepare(Kit(folder, "test"), options.build, chip)
    sys.exit(run(Kit(folder, "test", options.minutes, options.seconds), options.only, sanitizer))


if __name__ == "__main__":
    main()
