// RUN: bptt-opt %s --split-input-file --verify-diagnostics

func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{region arguments and operands have different types}}
  bptt.recompute(%h : tensor<4xf32>) {
  ^bb0(%x: tensor<5xf32>):
    bptt.yield
  }
  return
}

// -----

func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{must end in a bptt.yield of its results}}
  %0 = bptt.recompute(%h : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%x: tensor<4xf32>):
    bptt.yield
  }
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{must end in a bptt.yield of its results}}
  bptt.recompute {
    llvm.unreachable
  }
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{expects a non-empty block}}
  "bptt.recompute"() ({
  ^bb0:
  }) : () -> ()
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{region with 1 blocks}}
  "bptt.recompute"() ({
  }) : () -> ()
  return
}

// -----

// Isolated from above, so that nothing from outside is merged into it.
func.func @f(%h: tensor<4xf32>) {
  // expected-note @+1 {{required by region isolation constraints}}
  %0 = bptt.recompute -> tensor<4xf32> {
    // expected-error @+1 {{using value defined outside the region}}
    bptt.yield %h : tensor<4xf32>
  }
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{expects parent op 'bptt.recompute'}}
  bptt.yield
}
