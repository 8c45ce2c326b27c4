import os
import platform
import shutil

import lit.formats

config.name = "bptt"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["rules", "Inputs", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.bptt_obj_root, "test")

# Ours first, then LLVM's (FileCheck, not, split-file, mlir-opt).
config.environment["PATH"] = os.path.pathsep.join(
    [os.path.join(config.bptt_obj_root, "bin"), config.llvm_tools_dir, os.environ["PATH"]])
config.substitutions += [
    ("%top", config.bptt_src_root),
    ("%build", config.bptt_obj_root),
    ("%cc", "clang -fsanitize=address,undefined -fsanitize-link-c++-runtime -lstdc++"
            " -Wno-unused-command-line-argument" if config.sanitized else "clang"),
    ("%include", os.path.join(config.bptt_src_root, "include")),
    ("%llvm", config.llvm_tools_dir),
    ("%docs", os.path.join(config.bptt_src_root, "docs")),
    ("%utils", os.path.join(config.bptt_src_root, "utils")),
    ("%examples", os.path.join(config.bptt_src_root, "examples")),
    ("%inputs", os.path.join(config.test_source_root, "Integration", "Inputs")),
    ("%rules", os.path.join(config.test_source_root, "Integration", "rules")),
    ("%plugin", os.path.join(config.bptt_obj_root, "lib", "BPTTPlugin.so")),
]

config.available_features.add(platform.machine())
if shutil.which("ptxas", path=config.environment["PATH"]):
    config.available_features.add("ptxas")
if config.sanitized:
    config.available_features.add("asan")
    config.environment["ASAN_OPTIONS"] = config.asan_options
    config.environment["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"
if os.path.exists(os.path.join(config.bptt_obj_root, "bin", "bench-onednn-lstm")):
    config.available_features.add("dnnl")
