//===- EmulatedWarp.cpp - What 32 threads do together ---------------------===//
//
// Which lane holds which element is as in the PTX ISA, chapter "Warp Level
// Matrix Multiply-Accumulate Instructions": the figures of m16n8k16 for .f16
// and .bf16, of m16n8k8 for .tf32, and of ldmatrix. With g = lane / 4, t =
// lane % 4 and n elements, 2 of 16 bits or one TF32, in a register:
//
//   A  register r holds A[g + 8 (r % 2)][n t + 4 n (r / 2) + 0..n-1]
//   B  register r holds B[n t + 4 n r + 0..n-1][g]
//   C  register r holds C[g + 8 (r / 2)][2 t + r % 2]
//
// Of wgmma.m64nNk16, warp w of four has rows 16 w to 16 w + 15 of C, and C as
// above of every eight columns, one behind the other.
//
// ldmatrix: lanes 8 i to 8 i + 7 name the rows of matrix i. Register i of a
// lane is matrix[g][2 t + 0..1], and matrix[2 t + 0..1][g] if transposed.
//
//===----------------------------------------------------------------------===//

#include "EmulatedWarp.h"

#include "bptt/Runtime/EmulatedLaunch.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

using namespace bptt;

static void exchange(const LaneRequest *lanes) {
  uint32_t values[kLanes];
  for (int lane = 0; lane < kLanes; ++lane)
    std::memcpy(&values[lane], lanes[lane].a, sizeof(uint32_t));
  for (int lane = 0; lane < kLanes; ++lane)
    std::memcpy(lanes[lane].result, &values[lane ^ lanes->how],
                sizeof(uint32_t));
}

static double widenBFloat(uint16_t bits) {
  uint32_t wide = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof(value));
  return value;
}

static double widenHalf(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double value = exponent == 31  ? (fraction ? NAN : INFINITY)
                 : exponent == 0 ? std::ldexp(fraction, -24)
                                 : std::ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 ? -value : value;
}

static void loadMatrices(const LaneRequest *lanes) {
  uint16_t results[kLanes][4][2];
  for (int lane = 0; lane < kLanes; ++lane)
    for (int matrix = 0; matrix < 4; ++matrix)
      for (int half = 0; half < 2; ++half) {
        int row = lane / 4, column = 2 * (lane % 4) + half;
        if (lanes[lane].how)
          std::swap(row, column);
        auto *elements =
            static_cast<const uint16_t *>(lanes[8 * matrix + row].a);
        results[lane][matrix][half] = elements[column];
      }
  for (int lane = 0; lane < kLanes; ++lane)
    std::memcpy(lanes[lane].result, results[lane], sizeof(results[lane]));
}

static double widenTF32(const char *element) {
  uint32_t bits;
  std::memcpy(&bits, element, sizeof(bits));
  bits &= ~uint32_t(0x1fff);
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

static double widen(const void *elements, int number, int64_t type) {
  auto *bytes = static_cast<const char *>(elements);
  if (type == BPTT_EMULATED_TF32)
    return widenTF32(bytes + 4 * number);
  uint16_t bits;
  std::memcpy(&bits, bytes + 2 * number, sizeof(bits));
  return type == BPTT_EMULATED_BF16 ? widenBFloat(bits) : widenHalf(bits);
}

static void multiply(const LaneRequest *lanes) {
  int64_t type = lanes[0].how;
  int n = type == BPTT_EMULATED_TF32 ? 1 : 2, terms = 8 * n;
  double a[16][16], b[16][8];
  for (int lane = 0; lane < kLanes; ++lane) {
    int g = lane / 4, t = lane % 4;
    for (int r = 0; r < 4; ++r)
      for (int i = 0; i < n; ++i)
        a[g + 8 * (r % 2)][n * t + 4 * n * (r / 2) + i] =
            widen(lanes[lane].a, n * r + i, type);
    for (int r = 0; r < 2; ++r)
      for (int i = 0; i < n; ++i)
        b[n * t + 4 * n * r + i][g] = widen(lanes[lane].b, n * r + i, type);
  }
  for (int lane = 0; lane < kLanes; ++lane)
    for (int r = 0; r < 4; ++r) {
      int row = lane / 4 + 8 * (r / 2), column = 2 * (lane % 4) + r % 2;
      double sum = static_cast<const float *>(lanes[lane].c)[r];
      for (int k = 0; k < terms; ++k)
        sum += a[row][k] * b[k][column];
      static_cast<float *>(lanes[lane].result)[r] = static_cast<float>(sum);
    }
}

/// Each of four warps computes its rows on its own.
static void multiplyGroup(const LaneRequest *lanes,
                          const SharedMemory &shared) {
  const WarpgroupProduct &product = lanes->product;
  constexpr int kTerms = 16;
  auto widen16 = [&](uint16_t bits) {
    return product.type == BPTT_EMULATED_BF16 ? widenBFloat(bits)
                                              : widenHalf(bits);
  };
  double a[16][kTerms];
  for (int row = 0; row < 16; ++row)
    for (int k = 0; k < kTerms; ++k)
      a[row][k] =
          widen16(product.getLeft(shared, 16 * (lanes->warp % 4) + row, k));
  for (int64_t column = 0; column < product.columns; ++column) {
    double b[kTerms];
    for (int k = 0; k < kTerms; ++k)
      b[k] = widen16(product.getRight(shared, column, k));
    for (int row = 0; row < 16; ++row) {
      const LaneRequest &lane = lanes[row % 8 * 4 + column % 8 / 2];
      int64_t number = column / 8 * 4 + row / 8 * 2 + column % 2;
      double sum = static_cast<const float *>(lane.c)[number];
      for (int k = 0; k < kTerms; ++k)
        sum += a[row][k] * b[k];
      static_cast<float *>(lane.result)[number] = static_cast<float>(sum);
    }
  }
}

void bptt::performTogether(const LaneRequest *lanes,
                           const SharedMemory &shared) {
  switch (lanes->kind) {
  case LaneRequest::Kind::Exchange:
    return exchange(lanes);
  case LaneRequest::Kind::LoadMatrices:
    return loadMatrices(lanes);
  case LaneRequest::Kind::Multiply:
    return multiply(lanes);
  case LaneRequest::Kind::MultiplyGroup:
    return multiplyGroup(lanes, shared);
  }
}
