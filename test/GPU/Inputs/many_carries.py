#!/usr/bin/env python3
"""A cell of so many carries in a ring, each the function of two; its adjoint is one operation on all of them, in place.

usage: many_carries.py CARRIES STEPS
"""
import sys

carries, steps = map(int, sys.argv[1:])
t = "tensor<2x4xf32>"
types = ", ".join([t] * carries)
arguments = ", ".join(f"%h{k}: {t}" for k in range(carries))
print(f"""#id = affine_map<(i, j) -> (i, j)>
func.func private @cell(%i: index, {arguments}, %x: {t}) -> ({types}) {{
  %e = tensor.empty() : {t}""")
for k in range(carries):
    print(f"""  %r{k} = linalg.generic {{indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}}
      ins(%h{k}, %h{(k + 1) % carries}, %x : {t}, {t}, {t}) outs(%e : {t}) {{
  ^bb0(%a: f32, %b: f32, %c: f32, %u: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %p, %c : f32
    %y = math.tanh %s : f32
    linalg.yield %y : f32
  }} -> {t}""")
print(f"""  return {", ".join(f"%r{k}" for k in range(carries))} : {types}
}}
func.func @loss(%xs: tensor<{steps}x2x4xf32>, %h: {t}) -> tensor<f32> {{
  %o:{carries} = bptt.scan @cell carry({", ".join(["%h"] * carries)} : {types}) inputs(%xs : tensor<{steps}x2x4xf32>) -> {types}
  %zero = arith.constant dense<0.0> : tensor<f32>
  %total = linalg.reduce {{arith.addf}} ins(%o#0 : {t}) outs(%zero : tensor<f32>) dimensions = [0, 1]
  return %total : tensor<f32>
}}""")
