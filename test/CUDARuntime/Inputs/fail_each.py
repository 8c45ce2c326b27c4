"""Has each call of the driver fail in turn, and expects an error that names it.

usage: fail_each.py FAKE_DRIVER_FOLDER bptt-exec LIBRARY OPTIONS...
"""
import os
import subprocess
import sys

folder, *command = sys.argv[1:]
log = os.path.join(folder, "log")
if os.path.exists(log):
    os.remove(log)
environment = dict(os.environ, LD_LIBRARY_PATH=folder, FAKE_CUDA_LOG=log)
subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
calls = sorted(set(open(log).read().split()))
del environment["FAKE_CUDA_LOG"]
# What is given back at the end, when nothing is left to fail for.
returned = {"cuEventDestroy_v2", "cuStreamDestroy_v2", "cuDevicePrimaryCtxRelease_v2", "cuMemFree_v2", "cuModuleUnload",
            "cuGraphExecDestroy"}
assert len(calls) > 20 and returned - {"cuGraphExecDestroy"} <= set(calls), calls
for call in calls:
    environment["FAKE_CUDA_FAIL"] = f"{call}=3"
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    if call in returned:
        assert result.returncode == 0, (call, result)
        continue
    expected = f"{call} failed with CUDA_ERROR_NOT_INITIALIZED (3): initialization error"
    assert result.returncode == 1 and expected in result.stderr, (call, result)
    print(f"{call}: {result.stderr.strip()}")
