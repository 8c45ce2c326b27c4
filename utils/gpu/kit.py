"""Folders with all that a machine with a GPU needs: libraries, bptt-exec and the runtimes, described by a JSON file.

A kit is prepared where there is LLVM, and used where there may be none, with Python's standard library and these scripts.
"""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUNTIMES = ("libbptt_runtime.so.1", "libbptt_cuda_runtime.so.1")
# Of programs for the CPU: any x86-64 that stands beside a GPU.
CPU_CHIP = "x86-64-v3"


# That a command may take.
SECONDS = 240
# Of a report whose checks failed.
NUMBERS = ("value", "against_max_relative_difference", "gradient_max_relative_difference", "measured_peak_bytes", "planned_peak_bytes")


class Kit:
    """What is in a folder; `name` is that of the description, test or bench. What is done with it ends after so many minutes."""

    def __init__(self, folder, name, minutes=60, seconds=SECONDS):
        self.folder, self.name, self.seconds = os.path.abspath(folder), name, seconds
        self.path = os.path.join(self.folder, f"{name}.json")
        self.deadline = time.monotonic() + 60 * minutes

    def limit(self):
        """The seconds that a command may take now; raises TimeUp."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeUp("not run: the time was up")
        return min(self.seconds, left)

    def execute(self, command):
        """Standard output of a command that succeeds in time; raises Failed with what it said."""
        limit = self.limit()
        try:
            # In a group of its own: what a sanitizer started must not go on when the sanitizer is stopped.
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                                       env=get_environment(), start_new_session=True)
        except OSError as error:
            raise Failed(str(error))
        try:
            stdout, stderr = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise Failed(f"was not done after {limit} s") if limit == self.seconds else TimeUp("not done when the time was up")
        if process.returncode:
            raise Failed(explain(process.returncode, stdout, stderr))
        return stdout

    def run_library(self, library, *options):
        """The report of bptt-exec; raises Failed."""
        said = self.execute([self.file("bptt-exec"), self.file(library), "--format=json", *options])
        try:
            return json.loads(said)
        except ValueError as error:
            raise Failed(f"the report of bptt-exec is no JSON: {error}")

    def file(self, name):
        return os.path.join(self.folder, name)

    def read(self):
        try:
            with open(self.path) as file:
                return json.load(file)
        except (OSError, ValueError) as error:
            sys.exit(f"no kit: {error}; ./dev {self.name} --gpu --prepare={self.folder} makes it")

    def write(self, description):
        with open(self.path, "w") as file:
            json.dump(description, file, indent=1)


def explain(status, stdout, stderr):
    """What a command that failed said: its last words, and the numbers of bptt-exec's report or what a sanitizer found."""
    said = stderr.strip().splitlines()[-4:]
    try:
        report = json.loads(stdout)
        said.append(", ".join(f"{name} {report[name]}" for name in NUMBERS if report.get(name) is not None))
    except (ValueError, AttributeError):
        found = [line for line in stdout.splitlines() if line.startswith("=========") and line.strip("= ")]
        said += (found or stdout.strip().splitlines())[:12]
    return " / ".join(filter(None, said)) or f"exit status {status}"


def find_kernel_format():
    """Machine code where there is ptxas, so that the driver need not compile in every process."""
    return "bin" if shutil.which("ptxas") else "isa"


class Builder:
    """Compiles programs into a kit. `build` is the build folder."""

    def __init__(self, kit, build, chip):
        self.kit, self.build, self.chip = kit, os.path.abspath(build), chip
        os.makedirs(kit.folder, exist_ok=True)
        shutil.copy(os.path.join(self.build, "bin", "bptt-exec"), kit.folder)
        for runtime in RUNTIMES:
            shutil.copy(os.path.join(self.build, "lib", runtime), kit.folder)

    def tool(self, name):
        return os.path.join(self.build, "bin", name)

    def widen(self, source, name):
        """The program with f64 in place of every float; its path."""
        path = self.kit.file(f"{name}.mlir")
        with open(path, "w") as file:
            subprocess.run([self.tool("bptt-opt"), source, "--bptt-widen-floats"], stdout=file, check=True)
        return path

    def write(self, name, text):
        path = self.kit.file(f"{name}.mlir")
        with open(path, "w") as file:
            file.write(text)
        return path

    def emit(self, source, library, *options):
        """Compiles; what was said if that failed, else None."""
        process = subprocess.run([self.tool("bptt-run"), source, "--emit=so", "-o", self.kit.file(library), *options],
                                 capture_output=True, text=True)
        return None if process.returncode == 0 else process.stderr.strip().splitlines()[0]

    def emit_gpu(self, source, library, *options):
        return self.emit(source, library, "--target=nvptx", f"--chip={self.chip}", *options)

    def emit_cpu(self, source, library, *options):
        return self.emit(source, library, f"--chip={CPU_CHIP}", *options)


def in_parallel(function, items, most=None):
    """[function(item) for item in items], as many at once as there are processors, or `most`."""
    with ThreadPoolExecutor(most or os.cpu_count()) as pool:
        return list(pool.map(function, items))


class Failed(Exception):
    """What went wrong, in words."""


class TimeUp(Failed):
    """Nothing went wrong but that there was no more time."""


def get_environment():
    """This one, with the folders that Python packages keep CUDA's libraries in, behind those that are there."""
    folders = {os.path.dirname(path) for root in sys.path for path in glob.glob(f"{root}/nvidia/*/lib/libcublasLt.so.*")}
    paths = [os.environ.get("LD_LIBRARY_PATH", ""), *sorted(folders)]
    return dict(os.environ, LD_LIBRARY_PATH=":".join(filter(None, paths)))
