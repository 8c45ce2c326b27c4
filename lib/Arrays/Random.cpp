//===- Random.cpp - Random arrays -----------------------------------------===//

#include "bptt/Arrays/Array.h"
#include "bptt/Arrays/HalfFloat.h"

#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

using namespace bptt;

/// Elements that one stream of random bits is for: threads share an array by
/// these, so that their number changes no value.
static constexpr int64_t kPiece = 1 << 20;

/// Of each piece another one; the first has the caller's.
static uint64_t getSeed(uint64_t seed, int64_t piece) {
  return seed + uint64_t(piece) * 0x9E3779B97F4A7C15;
}

// The library's distributions differ between implementations; these bits do
// not.
template <typename T, typename Convert>
static void fill(Array &array, uint64_t seed, Convert convert) {
  T *elements = array.as<T>().data();
  int64_t size = array.type().numElements();
  int64_t pieces = (size + kPiece - 1) / kPiece;
  std::atomic<int64_t> next = 0;
  auto work = [&] {
    for (int64_t piece; (piece = next++) < pieces;) {
      std::mt19937_64 engine(getSeed(seed, piece));
      int64_t end = std::min(size, (piece + 1) * kPiece);
      for (int64_t i = piece * kPiece; i < end; ++i)
        elements[i] = convert(engine());
    }
  };
  std::vector<std::thread> helpers;
  int64_t most = std::min<int64_t>(std::thread::hardware_concurrency(), pieces);
  for (int64_t i = 1; i < most; ++i)
    helpers.emplace_back(work);
  work();
  for (std::thread &helper : helpers)
    helper.join();
}

static double toUnit(uint64_t bits) { return double(bits >> 11) * 0x1p-52 - 1; }

static void fill(Array &array, uint64_t seed) {
  auto small = [](uint64_t bits) { return bits & 127; };
  switch (array.type().element) {
  case ElementType::F16:
    return fill<uint16_t>(array, seed, [](uint64_t bits) {
      return roundToHalf(toUnit(bits), kF16);
    });
  case ElementType::BF16:
    return fill<uint16_t>(array, seed, [](uint64_t bits) {
      return roundToHalf(toUnit(bits), kBF16);
    });
  case ElementType::F32:
    return fill<float>(array, seed, toUnit);
  case ElementType::F64:
    return fill<double>(array, seed, toUnit);
  case ElementType::I1:
    return fill<int8_t>(array, seed, [](uint64_t bits) { return bits & 1; });
  case ElementType::I8:
    return fill<int8_t>(array, seed, small);
  case ElementType::I16:
    return fill<int16_t>(array, seed, small);
  case ElementType::I32:
    return fill<int32_t>(array, seed, small);
  case ElementType::I64:
    return fill<int64_t>(array, seed, small);
  }
  llvm_unreachable("unknown element type");
}

llvm::Expected<Array> bptt::makeRandom(const ArrayType &type, uint64_t seed) {
  auto array = Array::make(type);
  if (array)
    fill(*array, seed);
  return array;
}
