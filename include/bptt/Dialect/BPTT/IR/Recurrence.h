//===- Recurrence.h - What scans, forwards and backwards share --*- C++ -*-===//

#ifndef BPTT_DIALECT_BPTT_IR_RECURRENCE_H
#define BPTT_DIALECT_BPTT_IR_RECURRENCE_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include "mlir/IR/ValueRange.h"
#include "mlir/Support/LogicalResult.h"
#include "llvm/ADT/StringSet.h"

namespace mlir {
class ModuleOp;
class Operation;
class SymbolTableCollection;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace bptt {

/// The shape or memref type `type` without its leading dimension, as the tensor
/// type a cell sees.
mlir::RankedTensorType getStepType(mlir::Type stacked);

/// `step` with a leading dimension of `numSteps` (possibly dynamic).
mlir::RankedTensorType getStackedType(mlir::Type step, int64_t numSteps);

/// The tensor type with the shape and element type of a tensor or memref.
mlir::RankedTensorType asTensorType(mlir::Type type);

/// The type in which a cotangent of a value of `type` is summed and handed from
/// step to step: f32 in place of narrower floats, else `type` itself.
mlir::Type getCotangentType(mlir::Type type);

/// Number of steps: the leading dimension of the inputs, else the constant
/// behind `steps`, else `ShapedType::kDynamic`.
int64_t getStaticNumSteps(mlir::ValueRange inputs, mlir::Value steps);

/// Bytes in which memory holds one element of `type`, a shaped type: whole ones,
/// and eight for an index.
int64_t getElementBytes(mlir::Type type);

/// Bytes of one dense value of `type`, a shaped type of static shape.
int64_t getDenseBytes(mlir::Type type);

/// Every address in the arena is a multiple of this, in bytes: a cache line,
/// and the widest vector.
constexpr int64_t kArenaAlignment = 64;

/// Bytes of `types` laid one after the other, each at a multiple of
/// `kArenaAlignment`.
int64_t getAlignedBytes(mlir::TypeRange types);

/// The names of all functions that recurrences in `module` apply: what stands
/// inside them is part of a step.
llvm::StringSet<> getCellNames(mlir::ModuleOp module);

/// Fails, with an error on `user` and a note at the operation in question, if
/// evaluating `cell` twice could give two results or could be noticed.
mlir::LogicalResult verifyPureCell(mlir::Operation *user,
                                   mlir::func::FuncOp cell,
                                   mlir::SymbolTableCollection &symbols);

} // namespace bptt

#endif
