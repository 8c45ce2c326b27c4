#!/usr/bin/env python3
"""Prints a function with a chain of N equal steps; where it adds up the state after CUT of them as well, two chains.

usage: long_chain.py N [CUT]
"""
import sys

steps = int(sys.argv[1])
summed = [steps] + [int(cut) for cut in sys.argv[2:]]
print("""func.func private @cell(%t: index, %h: tensor<16xf32>, %w: tensor<16x16xf32>) -> tensor<16xf32> {
  %empty = tensor.empty() : tensor<16xf32>
  %zero = arith.constant 0.0 : f32
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<16xf32>) -> tensor<16xf32>
  %z = linalg.matvec ins(%w, %h : tensor<16x16xf32>, tensor<16xf32>) outs(%zeros : tensor<16xf32>) -> tensor<16xf32>
  %next = math.tanh %z : tensor<16xf32>
  return %next : tensor<16xf32>
}
func.func @loss(%h0: tensor<16xf32>, %w: tensor<16x16xf32>) -> tensor<f32> {""")
for step in range(steps):
    print(f"  %h{step + 1} = bptt.step @cell at {step} carry(%h{step} : tensor<16xf32>) "
          "invariants(%w : tensor<16x16xf32>) -> tensor<16xf32>")
print("""  %empty = tensor.empty() : tensor<f32>
  %zero = arith.constant 0.0 : f32
  %sum0 = linalg.fill ins(%zero : f32) outs(%empty : tensor<f32>) -> tensor<f32>""")
for number, step in enumerate(summed):
    print(f"  %sum{number + 1} = linalg.reduce {{ arith.addf }} ins(%h{step} : tensor<16xf32>) "
          f"outs(%sum{number} : tensor<f32>) dimensions = [0]")
print(f"""  return %sum{len(summed)} : tensor<f32>
}}""")
