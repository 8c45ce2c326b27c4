#!/usr/bin/env python3
"""One recurrence in JAX, forward and backward; prints a JSON object.

usage: peer_jax.py MODEL BATCH INPUTS HIDDEN STEPS ELEMENT KIND REPEAT

As peer_torch.py. KIND `chunks` is lax.scan in lax.scan, the inner one, over about sqrt(STEPS) steps, in jax.checkpoint; `whole`
one lax.scan. Products take inputs of ELEMENT and add in f32; states are f32. The peak is what XLA allocates beside
parameters and inputs.
"""
import json
import math
import os
import sys
import time

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def largest_divisor(number):
    """Of those up to its square root."""
    return next(d for d in range(math.isqrt(number), 0, -1) if number % d == 0)


def main():
    model, *numbers, element, kind, repeat = sys.argv[1:]
    batch, inputs, hidden, steps = map(int, numbers)
    try:
        import jax
        import jax.numpy as jnp
        from jax import lax
    except ImportError as error:
        return {"missing": f"no JAX: {error}"}
    try:
        jax.devices("gpu")
    except RuntimeError:
        return {"missing": "JAX sees no GPU"}
    dtype = {"f32": jnp.float32, "f16": jnp.float16, "bf16": jnp.bfloat16}[element]
    gates = {"lstm": 4, "gru": 3, "rnn": 1}[model]
    scale = 1 / math.sqrt(hidden)

    # Of f32: not in TF32.
    precision = lax.Precision.HIGHEST if element == "f32" else None

    def product(a, b):
        return jnp.dot(a.astype(dtype), b, preferred_element_type=jnp.float32, precision=precision)

    def cell(parameters, state, x):
        w, u, b = parameters
        if model == "lstm":
            h, c = state
            i, f, g, o = jnp.split(product(x, w) + product(h, u) + b, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            state = (h, c)
        elif model == "gru":
            (h,) = state
            xr, xu, xn = jnp.split(product(x, w) + b, 3, axis=1)
            hr, hu, hn = jnp.split(product(h, u), 3, axis=1)
            n = jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * hn)
            h = n + jax.nn.sigmoid(xu + hu) * (h - n)
            state = (h,)
        else:
            h = jnp.tanh(product(x, w) + product(state[0], u) + b)
            state = (h,)
        return state, jnp.mean(jnp.square(h))

    def loss(parameters, xs, state):
        def scan(state, xs):
            state, losses = lax.scan(lambda s, x: cell(parameters, s, x), state, xs)
            return state, jnp.sum(losses)

        if kind == "whole":
            return scan(state, xs)[1]
        chunks = xs.reshape(-1, largest_divisor(steps), batch, inputs)
        return jnp.sum(lax.scan(jax.checkpoint(scan), state, chunks)[1])

    try:
        keys = jax.random.split(jax.random.PRNGKey(0), 3)
        parameters = (jax.random.uniform(keys[0], (inputs, gates * hidden), dtype, -scale, scale),
                      jax.random.uniform(keys[1], (hidden, gates * hidden), dtype, -scale, scale),
                      jnp.zeros((gates * hidden,), jnp.float32))
        xs = jax.random.uniform(keys[2], (steps, batch, inputs), dtype)
        state = tuple(jnp.zeros((batch, hidden), jnp.float32) for _ in range(2 if model == "lstm" else 1))
        jax.block_until_ready((parameters, xs, state))
        run = jax.jit(jax.value_and_grad(loss)).lower(parameters, xs, state).compile()
        if int(repeat) > 1:
            jax.block_until_ready(run(parameters, xs, state))
        seconds = []
        for _ in range(int(repeat)):
            start = time.perf_counter()
            jax.block_until_ready(run(parameters, xs, state))
            seconds.append(time.perf_counter() - start)
        memory = run.memory_analysis()
        peak = memory.temp_size_in_bytes + memory.output_size_in_bytes
    except Exception as error:  # JAX has no common base of its own
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        return {"missing": "out of memory" if "RESOURCE_EXHAUSTED" in said else said}
    return {"seconds": sorted(seconds)[len(seconds) // 2], "peak_bytes": peak, "version": f"JAX {jax.__version__}"}


if __name__ == "__main__":
    print(json.dumps(main()))
