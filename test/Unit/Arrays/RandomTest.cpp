//===- RandomTest.cpp - Random arrays -------------------------------------===//

#include "bptt/Arrays/Array.h"

#include "gtest/gtest.h"

#include <random>

using namespace bptt;

// The same numbers in every type of float, but for rounding.
TEST(Random, RoundsOneSequence) {
  Array wide = llvm::cantFail(makeRandom({ElementType::F64, {1000}}, 7));
  std::mt19937_64 engine(7);
  EXPECT_EQ(wide.get(0), double(engine() >> 11) * 0x1p-52 - 1);
  for (ElementType type :
       {ElementType::F16, ElementType::BF16, ElementType::F32}) {
    Array array = llvm::cantFail(makeRandom({type, {1000}}, 7));
    Array expected = llvm::cantFail(Array::make({type, {1}}));
    for (int64_t i = 0; i < 1000; ++i) {
      expected.set(0, wide.get(i));
      ASSERT_EQ(array.get(i), expected.get(0)) << "element " << i;
    }
  }
}

// Arrays that threads share: the beginning is that of a shorter array, no part
// repeats another, and the end is reached.
TEST(Random, FillsLongArrays) {
  constexpr int64_t kPiece = 1 << 20, kSize = 2 * kPiece + 5;
  Array array = llvm::cantFail(makeRandom({ElementType::I8, {kSize}}, 3));
  Array again = llvm::cantFail(makeRandom({ElementType::I8, {kSize}}, 3));
  Array start = llvm::cantFail(makeRandom({ElementType::I8, {kPiece}}, 3));
  EXPECT_EQ(std::memcmp(array.data(), again.data(), kSize), 0);
  EXPECT_EQ(std::memcmp(array.data(), start.data(), kPiece), 0);
  EXPECT_NE(std::memcmp(array.data(), array.data() + kPiece, kPiece), 0);
  Array other = llvm::cantFail(makeRandom({ElementType::I8, {kSize}}, 4));
  EXPECT_NE(std::memcmp(array.data() + kPiece, other.data() + kPiece, kPiece),
            0);
  int64_t sum = 0;
  for (int64_t i = kSize - 5; i < kSize; ++i)
    sum += array.get(i);
  EXPECT_GT(sum, 0);
}

TEST(Random, KeepsIntegersSmall) {
  for (ElementType type : {ElementType::I1, ElementType::I8, ElementType::I16,
                           ElementType::I32, ElementType::I64}) {
    Array array = llvm::cantFail(makeRandom({type, {1000}}, 5));
    double most = 0;
    for (int64_t i = 0; i < 1000; ++i) {
      ASSERT_GE(array.get(i), 0);
      most = std::max(most, array.get(i));
    }
    EXPECT_EQ(most, type == ElementType::I1 ? 1 : 127);
  }
}
