// RUN: bptt-opt %inputs/ode_wide.mlir --bptt-differentiate | FileCheck %s
// RUN: bptt-opt %inputs/ode_wide.mlir --bptt-differentiate=tape-modes=1 | FileCheck %s --check-prefix=ONE
// RUN: bptt-opt %inputs/lstm.mlir --bptt-differentiate | FileCheck %s --check-prefix=ONE
// RUN: bptt-opt %inputs/waves.mlir --bptt-differentiate | FileCheck %s --check-prefix=WAVES
// RUN: not bptt-opt %inputs/lstm.mlir --bptt-differentiate=tape-modes=0 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: bptt-opt %inputs/char_lm_2layer.mlir --bptt-differentiate | FileCheck %s --check-prefix=THREE
// RUN: bptt-opt %inputs/char_lm_2layer.mlir --bptt-differentiate=tape-modes=2 | FileCheck %s --check-prefix=TWO
// RUN: bptt-opt %examples/char_lm.mlir --bptt-differentiate | FileCheck %s --check-prefix=ONE

// A step is taped with its hidden layer, or without: the adjoint then computes the layer again, as the step does.
// CHECK: bptt.forward @wide taped @wide_taped or [@wide_taped1]
// CHECK: bptt.backward @wide_advance taped @wide_retaped or [@wide_retaped1] adjoint @wide_adjoint or [@wide_adjoint1]
// CHECK-LABEL: func.func private @wide_retaped(
// CHECK-SAME: -> (tensor<4x16xf32>, tensor<4x128xf32>) {
// CHECK-LABEL: func.func private @wide_adjoint(
// CHECK-NOT: math.tanh
// CHECK-LABEL: func.func private @wide_taped1(
// CHECK-LABEL: func.func private @wide_retaped1(
// CHECK-SAME: -> tensor<4x16xf32> {
// CHECK-LABEL: func.func private @wide_adjoint1(
// CHECK: math.tanh

// All that an LSTM's step does leads to the next state: taping without residuals would be evaluating it again.
// ONE: bptt.forward
// ONE-NOT: or [
// ONE-NOT: _taped1
// ONE: return

// Three waves take longer to add up again than their sum takes to be written and read: the first way keeps it as well as
// the product, the second the product alone.
// WAVES-LABEL: func.func private @waves_retaped(
// WAVES-SAME: -> (tensor<16x64xf32>, tensor<16x64xf32>, tensor<16x64xf32>) {
// WAVES-LABEL: func.func private @waves_adjoint(
// WAVES-NOT: math.sin
// WAVES: return
// WAVES-LABEL: func.func private @waves_retaped1(
// WAVES-SAME: -> (tensor<16x64xf32>, tensor<16x64xf32>) {
// WAVES-LABEL: func.func private @waves_adjoint1(
// WAVES: math.sin

// NONE: error: tape-modes is 0, expected at least 1

// The logits do not lead to the next state. They are less than a tenth of a tape in the example, more in the test's.
// THREE: bptt.forward @cell taped @cell_taped or [@cell_taped1, @cell_taped2]
// TWO: bptt.forward @cell taped @cell_taped or [@cell_taped1] carry
