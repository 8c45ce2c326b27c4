//===- EmulatedProduct.h - A library's products on the CPU ------*- C++ -*-===//

#ifndef BPTT_LIB_EXECUTION_EMULATEDPRODUCT_H
#define BPTT_LIB_EXECUTION_EMULATEDPRODUCT_H

#include <cstdint>

extern "C" {

/// What bptt_cuda_product (bptt-c/cuda.h) does, for matrices in this process's
/// memory: for tests of code that calls it. Sums in f64, in the order of terms.
void bptt_emulated_product(int64_t out, int64_t lhs, int64_t rhs, int64_t rows,
                           int64_t columns, int64_t terms, int64_t outStride,
                           int64_t lhsStride, int64_t rhsStride,
                           int64_t factors, int64_t result, int64_t flags);
}

#endif
