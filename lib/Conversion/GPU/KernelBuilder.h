//===- KernelBuilder.h - One gpu.launch -------------------------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_KERNELBUILDER_H
#define BPTT_LIB_CONVERSION_GPU_KERNELBUILDER_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

namespace bptt {

/// The module that all kernels of a program are in.
constexpr llvm::StringLiteral kKernelModule = "kernels";

/// Threads that run in step, and can exchange registers.
constexpr int64_t kWarpThreads = 32;

/// Shared memory that a block has on every chip.
constexpr int64_t kStaticSharedBytes = 48 * 1024;

/// Operations share a kernel up to so many bytes of parameters: all chips take
/// 4 KiB, of which sizes and scalars are some.
constexpr int64_t kMaxParameterBytes = 2048;

/// Makes one `gpu.launch` and what its body needs of the host. A kernel takes
/// a base pointer and an offset, in elements, for each buffer: memrefs of rank
/// 0 and numbers, which are passed as they are.
class KernelBuilder {
public:
  /// Inserts a launch at `host` of `blocks` (x, y, z) times `threads` threads,
  /// named `name`.
  KernelBuilder(mlir::OpBuilder &host, mlir::Location loc,
                llvm::ArrayRef<mlir::Value> blocks, int64_t threads,
                llvm::StringRef name);

  /// Where the body is written.
  mlir::OpBuilder body;

  mlir::Value getThread() { return launch.getThreadIds().x; }
  mlir::Value getBlock(unsigned dim);

  /// Shared memory of a block; counts in the 48 KiB that every chip has.
  mlir::Value addShared(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  /// As much more, beyond the 48 KiB; once in a kernel. Returns its address,
  /// as an index.
  mlir::Value addDynamicShared(int64_t bytes);
  void barrier();

  /// What the thread of the warp whose number differs from this one's in the
  /// bits of `distance` has for `value`, a float. All threads come here.
  mlir::Value exchange(mlir::Value value, int64_t distance);

  /// `value` of the host, in the kernel.
  mlir::Value import(mlir::Value value);

  /// A copy of `op` at `body` that reads and writes imported buffers.
  mlir::linalg::GenericOp clone(mlir::linalg::GenericOp op);

private:
  mlir::Value importMemref(mlir::Value memref);

  mlir::OpBuilder &host;
  mlir::Location loc;
  mlir::gpu::LaunchOp launch;
  /// Where imported values are made: the beginning of the kernel.
  mlir::OpBuilder head;
  mlir::IRMapping imported;
};

} // namespace bptt

#endif
