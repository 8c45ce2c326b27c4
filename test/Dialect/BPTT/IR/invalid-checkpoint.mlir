// RUN: bptt-opt %s --split-input-file --verify-diagnostics

func.func @f(%h: f32) {
  // expected-error @+1 {{must be ranked tensor of any type values or strided memref}}
  %0 = bptt.checkpoint %h at 0 : f32
  return
}

// -----

func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{failed to verify that all of {state, kept} have same type}}
  %0 = "bptt.checkpoint"(%h) {step = 0} : (tensor<4xf32>) -> tensor<5xf32>
  return
}
