#!/bin/sh
# Stands in for a Python with PyTorch and without JAX: each of torch.nn's layers takes 2 s.
case $1 in
  *peer_torch.py) echo '{"seconds": 2.0, "peak_bytes": 2048, "version": "PyTorch 0"}' ;;
  *) echo '{"missing": "no JAX"}' ;;
esac
