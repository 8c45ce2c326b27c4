#!/usr/bin/env python3
"""Programs for the GPU of any size, from the templates in bench/gpu/.

usage: models.py lstm|gru|rnn BATCH INPUTS HIDDEN f32|bf16|f16
"""
import math
import os
import string
import sys

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "bench", "gpu")


def read_model(model, batch, inputs, hidden, element):
    """The text of `model`, with inputs, weights and h in `element`; the length is open."""
    sizes = dict(B=batch, I=inputs, H=hidden, H2=2 * hidden, H3=3 * hidden, H4=4 * hidden, E=element,
                 scale=repr(1 / math.sqrt(inputs + hidden)), weight=repr(1 / (batch * hidden)))
    # What converts between the two types where they are two: a line, and the name of its result.
    is_narrow = element != "f32"
    sizes.update(shrink=f"    %small = arith.truncf %out : f32 to {element}\n" if is_narrow else "",
                 small="%small" if is_narrow else "%out",
                 grow=f"    %big = arith.extf %a : {element} to f32\n" if is_narrow else "",
                 big="%big" if is_narrow else "%a",
                 old=f"    %old = arith.extf %before : {element} to f32\n" if is_narrow else "",
                 old_name="%old" if is_narrow else "%before")
    with open(os.path.join(FOLDER, f"{model}.mlir.in")) as file:
        return string.Template(file.read()).substitute(sizes)


if __name__ == "__main__":
    kind, *numbers, type_ = sys.argv[1:]
    print(read_model(kind, *map(int, numbers), type_), end="")
