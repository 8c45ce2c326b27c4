"""Programs for the GPU of any size, from the templates in bench/gpu/."""
import math
import string


def read_model(folder, model, batch, inputs, hidden, element):
    """The text of `model` (lstm, gru, rnn), with inputs and weights of `element` (f32, bf16, f16); the length is open."""
    sizes = dict(B=batch, I=inputs, H=hidden, H2=2 * hidden, H3=3 * hidden, H4=4 * hidden, E=element,
                 scale=repr(1 / math.sqrt(inputs + hidden)), weight=repr(1 / (batch * hidden)))
    with open(f"{folder}/{model}.mlir.in") as file:
        return string.Template(file.read()).substitute(sizes)
