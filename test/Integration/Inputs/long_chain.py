#!/usr/bin/env python3
"""Prints a function with a chain of N equal steps: more than a table of the planner is good for.

usage: long_chain.py N
"""
import sys

steps = int(sys.argv[1])
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
print(f"""  %empty = tensor.empty() : tensor<f32>
  %zero = arith.constant 0.0 : f32
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<f32>) -> tensor<f32>
  %sum = linalg.reduce {{ arith.addf }} ins(%h{steps} : tensor<16xf32>) outs(%start : tensor<f32>) dimensions = [0]
  return %sum : tensor<f32>
}}""")
