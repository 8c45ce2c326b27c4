//===- Adjoint.h - What rules see of reverse mode ---------------*- C++ -*-===//
//
// Reverse mode over one block, used for functions and for the bodies of
// structured operations alike: first every operation that will receive a
// cotangent is asked what its adjoint needs (AdjointRequest), then the adjoints
// are built, last operation first (AdjointBuilder).

#ifndef BPTT_DIFFERENTIATION_ADJOINT_H
#define BPTT_DIFFERENTIATION_ADJOINT_H

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace bptt {

class CellLibrary;

/// Floats and ranked tensors of floats; everything else is carried along
/// without a cotangent.
bool isDifferentiable(mlir::Type type);

using ValueSet = llvm::DenseSet<mlir::Value>;

/// The differentiable values of `block` that depend on `roots`, the roots
/// included.
ValueSet getVarying(mlir::Block &block, llvm::ArrayRef<mlir::Value> roots);

/// The values from outside that the regions of `op` use, in order, each once.
llvm::SetVector<mlir::Value> getCapturedValues(mlir::Operation *op);

/// Operands of `op`, then its captured values.
llvm::SmallVector<mlir::Value> getUsedValues(mlir::Operation *op);

/// The question: which values have cotangents, and which primal values do their
/// adjoints read?
class AdjointRequest {
public:
  explicit AdjointRequest(ValueSet varying) : varying(std::move(varying)) {}

  /// Whether a cotangent of `value` leads to something that is differentiated
  /// for.
  bool wantsCotangent(mlir::Value value) const {
    return varying.contains(value);
  }
  bool hasCotangent(mlir::Value value) const { return reached.contains(value); }

  /// The adjoint reads the primal `value`.
  void need(mlir::Value value) { needed.insert(value); }
  /// The adjoint adds to the cotangent of `value`, if that is wanted.
  void contribute(mlir::Value value) {
    if (wantsCotangent(value))
      reached.insert(value);
  }
  /// contribute() to every operand.
  void contributeToAll(mlir::ValueRange values) {
    for (mlir::Value value : values)
      contribute(value);
  }

  /// In the order in which they were named.
  llvm::ArrayRef<mlir::Value> getNeeded() const { return needed.getArrayRef(); }
  const ValueSet &getVaryingValues() const { return varying; }

private:
  ValueSet varying, reached;
  llvm::SetVector<mlir::Value> needed;
};

/// Asks the operations of `block`, last first, given the values that `request`
/// already says have a cotangent. Fails, with an error at the operation, where
/// one of them has no rule.
llvm::LogicalResult describeAdjoint(mlir::Block &block,
                                    AdjointRequest &request);

/// The answer under construction: cotangents by primal value, and the way to
/// primal values.
///
/// A cotangent has the elements of getCotangentType(): sums of bf16 and f16
/// values are in f32, and nothing is rounded on the way. A tensor's may have
/// those of its value instead, where a recurrence stacked it; it is widened by
/// whatever reads it.
class AdjointBuilder {
public:
  /// With `inPlace`, adjoints are built where the primal values are at hand.
  /// Otherwise a primal value is what `known` maps it to, or is computed again
  /// from what is known.
  AdjointBuilder(mlir::OpBuilder &builder, ValueSet varying,
                 mlir::IRMapping known, bool inPlace,
                 CellLibrary *cells = nullptr)
      : builder(builder), cells(cells), varying(std::move(varying)),
        known(std::move(known)), inPlace(inPlace) {}

  bool wantsCotangent(mlir::Value value) const {
    return varying.contains(value);
  }
  /// Whether adjoints stand behind the operations they belong to, whose results
  /// they share.
  bool isInPlace() const { return inPlace; }
  /// The primal value, where the adjoint is.
  mlir::Value getPrimal(mlir::Value value);
  /// The same, a float in the type of cotangents.
  mlir::Value getWidePrimal(mlir::Location loc, mlir::Value value);
  /// Null if nothing was added yet, which stands for zero.
  mlir::Value getCotangent(mlir::Value value);
  /// Adds `cotangent` to that of `value`; does nothing if that is not wanted.
  void addCotangent(mlir::Location loc, mlir::Value value,
                    mlir::Value cotangent);
  void setCotangent(mlir::Value value, mlir::Value cotangent);
  /// The cotangent of `value`, zeros if it has none: what a reduction
  /// accumulates into. The caller sets the cotangent to what it made of it.
  mlir::Value getAccumulator(mlir::Location loc, mlir::Value value);

  /// Starts the cotangent of `value` at `accumulator`, a tensor to be updated
  /// in place.
  void startAt(mlir::Value value, mlir::Value accumulator) {
    cotangents[value] = accumulator;
    updatedInPlace.insert(value);
  }
  /// Makes the cotangent of `slice`, a static part of a value that startAt()
  /// was called for, a part of that value's: what is added to the one is
  /// written to the other at once.
  void aliasSlice(mlir::tensor::ExtractSliceOp slice);
  /// Whether an operation with the result `value` has an adjoint to build.
  bool isPending(mlir::Value value) const { return cotangents.contains(value); }
  /// Whether `value` is the cotangent of something, so far.
  bool isCotangent(mlir::Value value) const {
    return llvm::any_of(
        cotangents, [&](const auto &entry) { return entry.second == value; });
  }

  /// Sizes of the tensor `value`, without a use of it where the type says them.
  llvm::SmallVector<mlir::OpFoldResult> getSizes(mlir::Location loc,
                                                 mlir::Value value);
  /// A cotangent of `like` without values, and one of zeros.
  mlir::Value createEmpty(mlir::Location loc, mlir::Value like);
  mlir::Value createZero(mlir::Location loc, mlir::Value like);

  mlir::OpBuilder &builder;
  /// Functions derived from cells; null inside a body.
  CellLibrary *cells;

private:
  ValueSet varying, updatedInPlace;
  llvm::DenseMap<mlir::Value, mlir::tensor::ExtractSliceOp> aliases;
  mlir::IRMapping known;
  bool inPlace;
  llvm::DenseMap<mlir::Value, mlir::Value> cotangents;
};

/// Builds the adjoints of the operations of `block`, last first, from the
/// cotangents that `adjoint` holds. The block has passed describeAdjoint.
llvm::LogicalResult buildAdjoint(mlir::Block &block, AdjointBuilder &adjoint);

/// An element-wise linalg.generic over tensors of one shape.
mlir::Value createElementwise(
    mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange inputs,
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location,
                                   mlir::ValueRange)>
        body);

/// `value`, a float or a tensor of floats, with the elements of `like`.
mlir::Value convertFloats(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value value, mlir::Type like);

/// One, as a float or a tensor of rank 0.
mlir::Value createOne(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Type type);

/// The sum of two floats or of two tensors of them, as cotangents.
mlir::Value createAdd(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Value lhs, mlir::Value rhs);

/// The tensor `accumulator` with `value` added, written where the accumulator
/// is.
mlir::Value createAddInPlace(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::Value accumulator, mlir::Value value);

/// The sum of all elements of a tensor of floats.
mlir::Value createSum(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Value tensor);

/// Whether computing `op` again costs little: no contraction, no reduction, no
/// recurrence, no control flow, no effect.
bool isRecomputable(mlir::Operation *op);

} // namespace bptt

#endif
