//===- Array.cpp - Dense arrays of the host -------------------------------===//

#include "bptt/Arrays/Array.h"
#include "bptt/Arrays/HalfFloat.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace bptt;

int64_t bptt::getBytes(ElementType type) {
  switch (type) {
  case ElementType::I1:
  case ElementType::I8:
    return 1;
  case ElementType::F16:
  case ElementType::BF16:
  case ElementType::I16:
    return 2;
  case ElementType::F32:
  case ElementType::I32:
    return 4;
  case ElementType::F64:
  case ElementType::I64:
    return 8;
  }
  llvm_unreachable("unknown element type");
}

bool bptt::isFloat(ElementType type) { return type <= ElementType::F64; }

llvm::StringRef bptt::toString(ElementType type) {
  static constexpr llvm::StringLiteral names[] = {
      "f16", "bf16", "f32", "f64", "i1", "i8", "i16", "i32", "i64"};
  return names[static_cast<int>(type)];
}

bool ArrayType::isStatic() const { return !llvm::is_contained(shape, -1); }

int64_t ArrayType::numElements() const {
  int64_t elements = 1;
  for (int64_t extent : shape)
    elements *= extent;
  return elements;
}

std::optional<int64_t> ArrayType::countBytes() const {
  if (llvm::is_contained(shape, 0))
    return 0;
  std::optional<int64_t> bytes = getBytes(element);
  for (int64_t extent : shape)
    if (bytes)
      bytes = llvm::checkedMul(*bytes, extent);
  return bytes;
}

bool ArrayType::accepts(const ArrayType &other) const {
  return element == other.element && shape.size() == other.shape.size() &&
         llvm::all_of(llvm::zip(shape, other.shape), [](auto extents) {
           return std::get<0>(extents) == -1 ||
                  std::get<0>(extents) == std::get<1>(extents);
         });
}

std::string ArrayType::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (int64_t extent : shape)
    (extent == -1 ? os << '?' : os << extent) << 'x';
  os << toString(element);
  return text;
}

static constexpr int64_t kAlignment = 64;

llvm::Expected<Array> Array::make(ArrayType type) {
  std::optional<int64_t> bytes = type.countBytes();
  if (!bytes || *bytes > INT64_MAX - kAlignment)
    return llvm::createStringError(
        "cannot allocate " + type.str() +
        ", which takes more bytes than can be counted");
  size_t size = llvm::alignTo(std::max<int64_t>(1, *bytes), kAlignment);
  auto *memory = static_cast<char *>(std::aligned_alloc(kAlignment, size));
  if (!memory)
    return llvm::createStringError("cannot allocate the " +
                                   llvm::Twine(*bytes) + " bytes of " +
                                   type.str());
  std::memset(memory, 0, size);
  return Array(std::move(type), memory);
}

template <typename T>
static T load(const char *data, int64_t index) {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
static void store(char *data, int64_t index, T value) {
  std::memcpy(data + index * sizeof(T), &value, sizeof(T));
}

double Array::get(int64_t index) const {
  switch (arrayType.element) {
  case ElementType::F16:
    return widenHalf(load<uint16_t>(data(), index), kF16);
  case ElementType::BF16:
    return widenHalf(load<uint16_t>(data(), index), kBF16);
  case ElementType::F32:
    return load<float>(data(), index);
  case ElementType::F64:
    return load<double>(data(), index);
  case ElementType::I1:
  case ElementType::I8:
    return load<int8_t>(data(), index);
  case ElementType::I16:
    return load<int16_t>(data(), index);
  case ElementType::I32:
    return load<int32_t>(data(), index);
  case ElementType::I64:
    return load<int64_t>(data(), index);
  }
  llvm_unreachable("unknown element type");
}

void Array::set(int64_t index, double number) {
  switch (arrayType.element) {
  case ElementType::F16:
    return store(data(), index, roundToHalf(number, kF16));
  case ElementType::BF16:
    return store(data(), index, roundToHalf(number, kBF16));
  case ElementType::F32:
    return store<float>(data(), index, number);
  case ElementType::F64:
    return store<double>(data(), index, number);
  case ElementType::I1:
  case ElementType::I8:
    return store<int8_t>(data(), index, number);
  case ElementType::I16:
    return store<int16_t>(data(), index, number);
  case ElementType::I32:
    return store<int32_t>(data(), index, number);
  case ElementType::I64:
    return store<int64_t>(data(), index, number);
  }
}

llvm::Expected<Array> Array::clone() const {
  auto copy = make(arrayType);
  if (copy)
    std::memcpy(copy->data(), data(), arrayType.numBytes());
  return copy;
}

llvm::Expected<Array> Array::widened() const {
  ArrayType wide = arrayType;
  if (isFloat(wide.element))
    wide.element = ElementType::F64;
  auto array = make(wide);
  if (array)
    for (int64_t i = 0, e = wide.numElements(); i < e; ++i)
      array->set(i, get(i));
  return array;
}
