#!/usr/bin/env python3
"""One recurrence in PyTorch, forward and backward; prints a JSON object.

usage: peer_torch.py MODEL BATCH INPUTS HIDDEN STEPS ELEMENT KIND REPEAT

MODEL lstm, gru or rnn; ELEMENT f32, f16 or bf16. KIND `whole` is torch.nn's, in one call; `chunks` the same in chunks of about
sqrt(STEPS) steps with torch.utils.checkpoint. The loss is the sum, over steps, of the mean of h squared. Times are medians by
the device's clock; the peak is what was allocated beyond parameters and inputs.
"""
import json
import math
import sys


def main():
    model, *numbers, element, kind, repeat = sys.argv[1:]
    batch, inputs, hidden, steps = map(int, numbers)
    try:
        import torch
        from torch.utils.checkpoint import checkpoint
    except ImportError as error:
        return {"missing": f"no PyTorch: {error}"}
    if not torch.cuda.is_available():
        return {"missing": "PyTorch sees no GPU"}
    dtype = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}[element]
    # As products of f32 are here: not in TF32.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(0)
    kinds = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}
    try:
        layer = kinds[model](inputs, hidden, device="cuda", dtype=dtype)
        x = torch.rand(steps, batch, inputs, device="cuda", dtype=dtype)
        start = torch.zeros(1, batch, hidden, device="cuda", dtype=dtype)
        state = (start, start) if model == "lstm" else start

        class MeanSquares(torch.autograd.Function):
            """The sum over steps; without f32 copies of all h, which would take more memory than the layer."""

            @staticmethod
            def forward(context, y):
                context.save_for_backward(y)
                return torch.linalg.vector_norm(y, dtype=torch.float32).square() / (batch * hidden)

            @staticmethod
            def backward(context, gradient):
                y, = context.saved_tensors
                return y * (2 * gradient / (batch * hidden)).to(y.dtype)

        loss_of = MeanSquares.apply

        def run_chunk(chunk, *state):
            y, state = layer(chunk, state if model == "lstm" else state[0])
            return (loss_of(y), *state) if model == "lstm" else (loss_of(y), state)

        def forward():
            if kind == "whole":
                return loss_of(layer(x, state)[0])
            total, now = 0.0, state if model == "lstm" else (state,)
            for chunk in x.split(max(1, math.isqrt(steps))):
                loss, *now = checkpoint(run_chunk, chunk, *now, use_reentrant=False, preserve_rng_state=False)
                total = total + loss
            return total

        def run():
            layer.zero_grad(set_to_none=True)
            forward().backward()

        if int(repeat) > 1:
            run()
        else:  # of what takes long, a little
            loss_of(layer(x[:64], state)[0]).backward()
        torch.cuda.synchronize()
        layer.zero_grad(set_to_none=True)
        torch.cuda.reset_peak_memory_stats()
        before, seconds = torch.cuda.memory_allocated(), []
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        for _ in range(int(repeat)):
            begin.record()
            run()
            end.record()
            end.synchronize()
            seconds.append(begin.elapsed_time(end) * 1e-3)
        peak = torch.cuda.max_memory_allocated() - before
    except torch.cuda.OutOfMemoryError:
        return {"missing": "out of memory"}
    except RuntimeError as error:
        return {"missing": str(error).splitlines()[0]}
    return {"seconds": sorted(seconds)[len(seconds) // 2], "peak_bytes": peak,
            "version": f"PyTorch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}"}


if __name__ == "__main__":
    print(json.dumps(main()))
