// RUN: bptt-opt %s --bptt-form-kernels=matmul-precision=fp8 --verify-diagnostics

// expected-error @+1 {{unknown precision 'fp8' of products, expected f32, tf32 or bf16}}
module {
}
