// RUN: bptt-opt %s --bptt-form-kernels=matmul-precision=tf32 --verify-diagnostics

// expected-error @+1 {{unknown precision 'tf32' of products, expected f32 or bf16}}
module {
}
