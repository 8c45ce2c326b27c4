//===- Array.h - Dense arrays of the host -----------------------*- C++ -*-===//

#ifndef BPTT_ARRAYS_ARRAY_H
#define BPTT_ARRAYS_ARRAY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

namespace bptt {

/// Element types that programs take and files hold.
enum class ElementType { F16, BF16, F32, F64, I1, I8, I16, I32, I64 };

int64_t getBytes(ElementType type);
bool isFloat(ElementType type);
/// `f32`, `i64`, ... as MLIR spells them.
llvm::StringRef toString(ElementType type);

/// Element type and shape; an extent of -1 is known only when there is an
/// array.
struct ArrayType {
  ElementType element = ElementType::F32;
  llvm::SmallVector<int64_t> shape;

  bool isStatic() const;
  int64_t numElements() const;
  int64_t numBytes() const { return numElements() * getBytes(element); }
  /// The same of a shape that nobody has checked; nothing where it overflows.
  std::optional<int64_t> countBytes() const;
  /// Whether an array of static type `other` may stand where this is asked for.
  bool accepts(const ArrayType &other) const;
  /// `16x256xf32`.
  std::string str() const;
};

/// A dense row-major array, zero at first, aligned to a cache line.
class Array {
public:
  /// Fails, with the bytes that it takes, where there is no memory for it.
  static llvm::Expected<Array> make(ArrayType type);

  const ArrayType &type() const { return arrayType; }
  char *data() { return storage.get(); }
  const char *data() const { return storage.get(); }

  template <typename T>
  llvm::MutableArrayRef<T> as() {
    return {reinterpret_cast<T *>(data()),
            static_cast<size_t>(arrayType.numElements())};
  }
  /// Element `index` as a number, whatever the type.
  double get(int64_t index) const;
  void set(int64_t index, double value);

  llvm::Expected<Array> clone() const;
  /// The same values in f64 if they are floats, else a copy.
  llvm::Expected<Array> widened() const;

private:
  struct Free {
    void operator()(char *memory) const { std::free(memory); }
  };
  Array(ArrayType type, char *memory)
      : arrayType(std::move(type)), storage(memory) {}

  ArrayType arrayType;
  std::unique_ptr<char[], Free> storage;
};

/// Reads a NumPy file (format 1.0 to 3.0, little-endian, C order). Fails,
/// naming the file and what it has.
llvm::Expected<Array> readNpy(llvm::StringRef path);

/// Writes a NumPy file.
void writeNpy(llvm::raw_ostream &os, const Array &array);

/// Reads the bytes of a file as tokens into an integer array of shape [time,
/// streams]: stream b is bytes [b * time, (b + 1) * time). Fails if the file is
/// shorter, or `type` is not such an array.
llvm::Expected<Array> readText(llvm::StringRef path, const ArrayType &type);

/// Floats uniform in [-1, 1], integers uniform in [0, 127]; the same for the
/// same seed everywhere.
llvm::Expected<Array> makeRandom(const ArrayType &type, uint64_t seed);

} // namespace bptt

#endif
