//===- KernelEmitters.h - The body of every kind of kernel ------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_KERNELEMITTERS_H
#define BPTT_LIB_CONVERSION_GPU_KERNELEMITTERS_H

#include "KernelBuilder.h"
#include "KernelNode.h"

namespace bptt {

/// Emits, at `host`, one kernel for pointwise operations, in their order. Those
/// that conflict stay in a thread.
void emitPointwiseKernel(mlir::OpBuilder &host,
                         llvm::ArrayRef<const KernelNode *> nodes,
                         llvm::StringRef name);

/// Emits the same with a block of `threads` threads for each of `numRows` rows.
void emitRowKernel(mlir::OpBuilder &host,
                   llvm::ArrayRef<const KernelNode *> nodes, int64_t numRows,
                   int64_t threads, llvm::StringRef name);

/// Emits one kernel for a sum, product, minimum or maximum: a block for each
/// result, or for a few neighbouring ones. Each thread combines its share in
/// order, warps combine theirs pairwise, then come the warps in order, and at
/// last what the result starts from: the same order whatever the chip.
void emitReductionKernel(mlir::OpBuilder &host, const KernelNode &node,
                         llvm::StringRef name);

/// Emits one kernel for a matrix product, and those before it in the same
/// result: tiles in shared memory, a few results in the registers of each
/// thread. Every result starts from where it starts and adds its products in
/// the order of the sums, one fused multiply-add each.
void emitProductKernel(mlir::OpBuilder &host, const KernelNode &node,
                       llvm::StringRef name);

/// Emits the same on tensor cores, where its factors and their layout allow it;
/// else emits nothing and returns false. Sums are f32. Terms are added in
/// order, sixteen at a time; how a chip rounds within sixteen is its own.
bool emitTensorKernel(mlir::OpBuilder &host, const KernelNode &node,
                      llvm::StringRef name);

/// Emits the same for sm_90a, by groups of four warps (wgmma), with the copy
/// engine bringing tiles by tensor maps (TMA). For products `inWarpgroups`.
void emitWarpgroupKernel(mlir::OpBuilder &host, const KernelNode &node,
                         llvm::StringRef name);

/// The threads of a block of emitReductionKernel's, if all extents are known
/// and there is a block for each result.
int64_t countReductionThreads(const KernelNode &node);

// What the emitters share.

mlir::Location getLoc(const KernelNode &node);

/// The type of the elements of an operation's only, or first, result.
mlir::Type getElementType(const KernelNode &node);

/// The extents of an operation's loops on the host.
llvm::SmallVector<mlir::Value> getHostExtents(mlir::OpBuilder &host,
                                              mlir::linalg::GenericOp op);

/// Takes `linear` apart into a position in each of `extents`, the fastest last.
llvm::SmallVector<mlir::Value> delinearize(mlir::OpBuilder &builder,
                                           mlir::Location loc,
                                           mlir::Value linear,
                                           llvm::ArrayRef<mlir::Value> extents);

/// Of a vector that begins at a multiple of its size.
llvm::MaybeAlign getAlignment(mlir::VectorType type);

} // namespace bptt

#endif
