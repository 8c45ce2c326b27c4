//===- Jit.h - Lower, compile and call functions on memrefs -----*- C++ -*-===//

#ifndef BPTT_TEST_UNIT_CONVERSION_JIT_H
#define BPTT_TEST_UNIT_CONVERSION_JIT_H

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/MLIRContext.h"

#include <random>
#include <vector>

namespace bptt::test {

/// Memory with the descriptor that a compiled function takes. `gap` elements
/// lie between neighbours of the innermost dimension, and again between rows.
/// The first element is the `offset`th, so that nothing depends on alignment.
template <typename T>
class Tensor {
public:
  explicit Tensor(std::vector<int64_t> sizes, int64_t gap = 0,
                  int64_t offset = 3)
      : offset(offset), sizes(std::move(sizes)) {
    strides.resize(this->sizes.size());
    int64_t stride = 1 + gap;
    for (size_t i = strides.size(); i-- > 0;) {
      strides[i] = stride;
      stride = stride * std::max<int64_t>(this->sizes[i], 1) + gap;
    }
    // Some padding at either end, to see what is written outside.
    data.assign(offset + stride + 64, T(77));
    descriptor = {reinterpret_cast<int64_t>(data.data()),
                  reinterpret_cast<int64_t>(data.data()), offset};
    descriptor.insert(descriptor.end(), this->sizes.begin(), this->sizes.end());
    descriptor.insert(descriptor.end(), strides.begin(), strides.end());
  }
  Tensor(const Tensor &) = delete;

  void fill(unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    for (int64_t i = 0; i < getNumElements(); ++i)
      at(i) = T(uniform(generator));
  }

  int64_t getNumElements() const {
    int64_t elements = 1;
    for (int64_t size : sizes)
      elements *= size;
    return elements;
  }

  /// The element of that number in row-major order.
  T &at(int64_t number) {
    int64_t place = offset;
    for (size_t i = sizes.size(); i-- > 0; number /= sizes[i])
      place += strides[i] * (number % sizes[i]);
    return data[place];
  }

  std::vector<T> values() {
    std::vector<T> result;
    for (int64_t i = 0; i < getNumElements(); ++i)
      result.push_back(at(i));
    return result;
  }

  /// Everything that was allocated, elements and gaps.
  const std::vector<T> &raw() const { return data; }
  void *getDescriptor() { return descriptor.data(); }

private:
  int64_t offset;
  std::vector<int64_t> sizes, strides, descriptor;
  std::vector<T> data;
};

/// A function f that applies `math.NAME` to `size` elements of one memref, and
/// writes to another.
std::string getMapOf(const std::string &name, const std::string &element,
                     int64_t size);

/// How a program comes to run on this processor.
enum class Way {
  CPU,
  /// The same, with f64's transcendental functions expanded.
  DoubleMath,
  /// As GPU kernels, thread by thread.
  EmulatedGPU,
  /// The same, with products of f32 in TF32.
  EmulatedGPUWithTF32,
  /// The same, with products by groups of warps.
  EmulatedGPUWithWarpgroups,
};

class Jit {
public:
  /// Compiles the functions of `text`, all of which must be public.
  explicit Jit(const std::string &text, int64_t threads = 1,
               Way way = Way::CPU);

  template <typename... Args>
  void call(const std::string &name, Args &...args) {
    std::vector<void *> descriptors = {args.getDescriptor()...};
    callPacked(name, descriptors);
  }

private:
  void callPacked(const std::string &name, std::vector<void *> &descriptors);

  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<mlir::ExecutionEngine> engine;
};

} // namespace bptt::test

#endif
