import os

import lit.formats

config.name = "bptt"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["lit.cfg.py", "Inputs", "CMakeLists.txt", "Unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.bptt_obj_root, "test")

# Ours first, then LLVM's (FileCheck, not, split-file, mlir-opt).
config.environment["PATH"] = os.path.pathsep.join(
    [os.path.join(config.bptt_obj_root, "bin"), config.llvm_tools_dir, os.environ["PATH"]])
config.substitutions.append(("%examples", os.path.join(config.bptt_src_root, "examples")))
config.substitutions.append(("%plugin", os.path.join(config.bptt_obj_root, "lib", "BPTTPlugin.so")))
config.substitutions.append(("%unit", os.path.join(config.bptt_obj_root, "test", "Unit")))
if config.sanitized:
    config.available_features.add("asan")
