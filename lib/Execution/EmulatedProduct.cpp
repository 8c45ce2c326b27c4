//===- EmulatedProduct.cpp - A library's products on the CPU --------------===//

#include "EmulatedProduct.h"

#include "bptt-c/cuda.h"

#include "llvm/ADT/APFloat.h"

using llvm::APFloat;

namespace {
/// Elements of a matrix in memory, as numbers.
class Elements {
public:
  Elements(int64_t address, int64_t element)
      : address(reinterpret_cast<char *>(address)), element(element) {}

  double get(int64_t index) const {
    switch (element) {
    case BPTT_F64:
      return reinterpret_cast<const double *>(address)[index];
    case BPTT_F32:
      return reinterpret_cast<const float *>(address)[index];
    default:
      uint64_t bits = reinterpret_cast<const uint16_t *>(address)[index];
      return APFloat(getSemantics(), llvm::APInt(16, bits)).convertToDouble();
    }
  }

  void set(int64_t index, double value) {
    switch (element) {
    case BPTT_F64:
      reinterpret_cast<double *>(address)[index] = value;
      return;
    case BPTT_F32:
      reinterpret_cast<float *>(address)[index] = float(value);
      return;
    default:
      APFloat narrow(value);
      bool losesInfo;
      narrow.convert(getSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
      reinterpret_cast<uint16_t *>(address)[index] =
          narrow.bitcastToAPInt().getZExtValue();
    }
  }

private:
  const llvm::fltSemantics &getSemantics() const {
    return element == BPTT_F16 ? APFloat::IEEEhalf() : APFloat::BFloat();
  }

  char *address;
  int64_t element;
};
} // namespace

void bptt_emulated_product(int64_t outAddress, int64_t lhsAddress,
                           int64_t rhsAddress, int64_t rows, int64_t columns,
                           int64_t terms, int64_t outStride, int64_t lhsStride,
                           int64_t rhsStride, int64_t factors, int64_t result,
                           int64_t flags) {
  Elements out(outAddress, result);
  Elements lhs(lhsAddress, factors), rhs(rhsAddress, factors);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) {
      double sum = flags & BPTT_ACCUMULATE ? out.get(i * outStride + j) : 0.0;
      for (int64_t k = 0; k < terms; ++k) {
        int64_t left =
            flags & BPTT_TRANSPOSED_LHS ? k * lhsStride + i : i * lhsStride + k;
        int64_t right =
            flags & BPTT_TRANSPOSED_RHS ? j * rhsStride + k : k * rhsStride + j;
        sum += lhs.get(left) * rhs.get(right);
      }
      out.set(i * outStride + j, sum);
    }
}
