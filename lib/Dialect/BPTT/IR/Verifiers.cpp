//===- Verifiers.cpp - Constraints of the bptt operations -----------------===//
//
// The numbers in the messages' comments are those of the constraints in
// BPTTOps.td.

#include "VerifyCells.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace bptt;

namespace {

/// What a scan-like operation says about its cell.
struct Site {
  Operation *op;
  ValueRange carry, inputs, invariants;
  Value steps;
  SmallVector<Type> results; // tensors, or the types of `outs`

  /// Constraint 2: index, carries, inputs of one step, invariants.
  SmallVector<Type> getCellArguments(bool stacked = true) const {
    SmallVector<Type> types{IndexType::get(op->getContext())};
    for (Value value : carry)
      types.push_back(asTensorType(value.getType()));
    for (Value value : inputs)
      types.push_back(stacked ? getStepType(value.getType())
                              : asTensorType(value.getType()));
    for (Value value : invariants)
      types.push_back(asTensorType(value.getType()));
    return types;
  }
  /// Constraint 3: carries, then outputs of one step.
  SmallVector<Type> getCellResults(bool stacked = true) const {
    SmallVector<Type> types;
    for (auto [index, type] : llvm::enumerate(results))
      types.push_back(stacked && index >= carry.size() ? getStepType(type)
                                                       : asTensorType(type));
    return types;
  }
};

/// Constraints 1, 2, 3, 5, 6. `extra` is set when more results than the site's
/// may follow (residuals).
FailureOr<func::FuncOp> verifyCell(const Site &site, FlatSymbolRefAttr name,
                                   bool extra, SymbolTableCollection &symbols,
                                   bool stacked = true) {
  FailureOr<func::FuncOp> cell = lookUpCell(site.op, name, symbols);
  if (failed(cell) || isBufferized(*cell))
    return cell;
  if (failed(compare(site.op, *cell, cell->getArgumentTypes(),
                     site.getCellArguments(stacked), "argument")) ||
      failed(compare(site.op, *cell, cell->getResultTypes(),
                     site.getCellResults(stacked), "result", extra)) ||
      failed(verifyStatic(site.op, *cell, cell->getArgumentTypes().drop_front(),
                          "argument")) ||
      failed(verifyStatic(site.op, *cell, cell->getResultTypes(), "result")) ||
      failed(verifyPureCell(site.op, *cell, symbols)))
    return failure();
  return cell;
}

/// Constraint 3, as far as the operation itself shows it.
LogicalResult verifyCarries(const Site &site) {
  Operation *op = site.op;
  if (site.results.size() < site.carry.size())
    return op->emitOpError() << "has " << site.results.size() << " results for "
                             << site.carry.size() << " carries";
  for (auto [index, value] : llvm::enumerate(site.carry))
    if (asTensorType(value.getType()) != asTensorType(site.results[index]))
      return op->emitOpError()
             << "carry #" << index << " goes in as " << value.getType()
             << " and comes out as " << site.results[index];
  return success();
}

/// Constraints 3 and 4, and that there is a length at all.
LogicalResult verifyShapes(const Site &site) {
  Operation *op = site.op;
  if (site.inputs.empty() && !site.steps)
    return op->emitOpError("has no inputs, so it needs `steps`");
  for (auto [index, value] : llvm::enumerate(site.inputs))
    if (cast<ShapedType>(value.getType()).getRank() == 0)
      return op->emitOpError()
             << "input #" << index << " has no leading dimension to step over";
  if (failed(verifyCarries(site)))
    return failure();
  int64_t numSteps = getStaticNumSteps(site.inputs, site.steps);
  APInt steps;
  if (site.steps && matchPattern(site.steps, m_ConstantInt(&steps))) {
    if (steps.isNegative())
      return op->emitOpError() << "`steps` is " << steps.getSExtValue()
                               << ", expected at least 0";
    if (numSteps != steps.getSExtValue())
      return op->emitOpError() << "`steps` is " << steps.getSExtValue()
                               << ", but the inputs have " << numSteps;
  }
  auto agree = [&](Type type, StringRef what, size_t index) -> LogicalResult {
    auto shaped = cast<ShapedType>(type);
    if (shaped.getRank() == 0)
      return op->emitOpError()
             << what << " #" << index << " has no leading dimension";
    int64_t extent = shaped.getDimSize(0);
    if (extent != ShapedType::kDynamic && numSteps != ShapedType::kDynamic &&
        extent != numSteps)
      return op->emitOpError() << what << " #" << index << " has " << extent
                               << " steps, expected " << numSteps;
    return success();
  };
  for (auto [index, value] : llvm::enumerate(site.inputs))
    if (failed(agree(value.getType(), "input", index)))
      return failure();
  for (size_t index = site.carry.size(); index < site.results.size(); ++index)
    if (failed(agree(site.results[index], "output", index - site.carry.size())))
      return failure();
  return success();
}

/// Constraint 7.
LogicalResult verifyElements(const Site &site) {
  auto check = [&](ArrayRef<int64_t> shape, Type type, StringRef what,
                   size_t index) -> LogicalResult {
    if (!llvm::is_contained(shape, 0))
      return success();
    return site.op->emitOpError()
           << what << " #" << index << " is " << type
           << ", expected at least one element in each step";
  };
  for (auto [index, value] : llvm::enumerate(site.carry)) {
    auto type = cast<ShapedType>(value.getType());
    if (failed(check(type.getShape(), type, "carry", index)))
      return failure();
  }
  for (auto [index, value] : llvm::enumerate(site.inputs)) {
    auto type = cast<ShapedType>(value.getType());
    if (failed(check(type.getShape().drop_front(), type, "input", index)))
      return failure();
  }
  for (auto [index, result] :
       llvm::enumerate(llvm::drop_begin(site.results, site.carry.size()))) {
    auto type = cast<ShapedType>(result);
    if (failed(check(type.getShape().drop_front(), type, "output", index)))
      return failure();
  }
  return success();
}

template <typename OpT>
FailureOr<Site> getSite(OpT op) {
  Site site{
      op, op.getCarry(), op.getInputs(), op.getInvariants(), op.getSteps(), {}};
  if (failed(collectResults(op, op.getResults(), op.getOuts(), site.results)))
    return failure();
  return site;
}

} // namespace

//===----------------------------------------------------------------------===//
// scan
//===----------------------------------------------------------------------===//

LogicalResult ScanOp::verify() {
  FailureOr<Site> site = getSite(*this);
  if (failed(site))
    return failure();
  if (bool(getTaped()) != bool(getAdjoint()))
    return emitOpError("a user-supplied rule needs both `taped` and `adjoint`");
  if (failed(verifyShapes(*site)))
    return failure();
  return verifyElements(*site);
}

/// On tensors a scan has no effect; on memrefs it reads its operands and writes
/// `outs`.
void ScanOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    if (!isa<BaseMemRefType>(operand.get().getType()))
      continue;
    bool isOut = llvm::is_contained(getOuts(), operand.get());
    if (isOut)
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
}

LogicalResult ScanOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<Site> site = getSite(*this);
  if (failed(site) ||
      failed(verifyCell(*site, getCellAttr(), /*extra=*/false, symbols)))
    return failure();
  if (FlatSymbolRefAttr taped = getTapedAttr())
    if (failed(verifyCell(*site, taped, /*extra=*/true, symbols)))
      return failure();
  if (FlatSymbolRefAttr adjoint = getAdjointAttr())
    return lookUpCell(*this, adjoint, symbols);
  return success();
}

//===----------------------------------------------------------------------===//
// forward
//===----------------------------------------------------------------------===//

LogicalResult ForwardOp::verify() {
  FailureOr<Site> site = getSite(*this);
  if (failed(site) || failed(verifyShapes(*site)))
    return failure();
  if (!getTape().hasOneUse() || !isa<BackwardOp>(*getTape().user_begin()))
    return emitOpError(
        "the tape must have exactly one use, in a bptt.backward");
  if ((*getTape().user_begin())->getBlock() != (*this)->getBlock())
    return emitOpError(
        "the bptt.backward of the tape must be in the same block");
  return success();
}

LogicalResult ForwardOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<Site> site = getSite(*this);
  if (failed(site) ||
      failed(verifyCell(*site, getCellAttr(), /*extra=*/false, symbols)))
    return failure();
  for (unsigned mode = 0; mode < getNumTapeModes(); ++mode)
    if (failed(verifyCell(*site, getTapedIn(mode), /*extra=*/true, symbols)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// backward
//===----------------------------------------------------------------------===//

LogicalResult BackwardOp::verify() {
  auto forward = getTape().getDefiningOp<ForwardOp>();
  if (!forward)
    return emitOpError("the tape must come from a bptt.forward");
  if (getReverse() != forward.getReverse())
    return emitOpError("runs another way than its bptt.forward");
  size_t numAdjoints =
      1 + (getOtherAdjoints() ? getOtherAdjoints()->size() : 0);
  if (numAdjoints != getNumTapeModes() ||
      forward.getNumTapeModes() != getNumTapeModes())
    return emitOpError() << "has " << getNumTapeModes() << " tape modes and "
                         << numAdjoints << " adjoints, its bptt.forward has "
                         << forward.getNumTapeModes() << " modes";
  if (getInputs().empty() && !getSteps())
    return emitOpError("has no inputs, so it needs `steps`");
  SmallVector<Type> results, primals;
  if (failed(collectResults(*this, getResults(), getOuts(), results)) ||
      failed(collectResults(forward, forward.getResults(), forward.getOuts(),
                            primals)) ||
      failed(verifySame(*this, getCarry(), forward.getCarry(), "carry")) ||
      failed(verifySame(*this, getInputs(), forward.getInputs(), "inputs")) ||
      failed(verifySame(*this, getInvariants(), forward.getInvariants(),
                        "invariants")))
    return failure();
  size_t numCarries = getCarry().size();
  if (primals.size() < numCarries)
    return success(); // bptt.forward says so itself
  if (failed(verifyPositions(*this, getCarries(), numCarries, "carries")) ||
      failed(verifyPositions(*this, getOutputs(), primals.size() - numCarries,
                             "outputs")) ||
      failed(verifyPositions(*this, getWrtInputs(), getInputs().size(),
                             "wrt_inputs")) ||
      failed(verifyPositions(*this, getWrtInvariants(), getInvariants().size(),
                             "wrt_invariants")))
    return failure();

  SmallVector<Type> cotangents, expected;
  for (int64_t position : getCarries()) {
    cotangents.push_back(getCotangentType(asTensorType(primals[position])));
    expected.push_back(cotangents.back());
  }
  for (int64_t position : getOutputs())
    cotangents.push_back(asTensorType(primals[numCarries + position]));
  for (int64_t position : getWrtInputs())
    expected.push_back(asTensorType(getInputs()[position].getType()));
  for (int64_t position : getWrtInvariants())
    expected.push_back(
        getCotangentType(asTensorType(getInvariants()[position].getType())));
  if (failed(verifyTypes(*this, getCotangents().getTypes(), cotangents,
                         "cotangent")))
    return failure();
  return verifyTypes(*this, results, expected, "result");
}

/// What the adjoint takes and returns in a mode whose replay is `taped`.
static LogicalResult verifyAdjoint(BackwardOp op, const Site &replay,
                                   func::FuncOp taped, func::FuncOp adjoint) {
  TypeRange residuals = taped.getResultTypes().drop_front(op.getCarry().size());
  SmallVector<Type> replayed = replay.getCellArguments();
  SmallVector<Type> arguments{replayed.front()}, results;
  llvm::append_range(arguments, residuals);
  ArrayRef<Type> carries = ArrayRef(replayed).slice(1, op.getCarry().size());
  llvm::append_range(arguments, carries);
  llvm::append_range(arguments, ArrayRef(replayed).drop_front());
  // carry in, carry out, inputs, invariants: the carries stand twice.
  for (auto [index, cotangent] : llvm::enumerate(op.getCotangents()))
    arguments.push_back(index < op.getCarries().size()
                            ? asTensorType(cotangent.getType())
                            : getStepType(cotangent.getType()));
  for (int64_t position : op.getCarries())
    results.push_back(getCotangentType(carries[position]));
  for (int64_t position : op.getWrtInputs())
    results.push_back(getStepType(op.getInputs()[position].getType()));
  for (int64_t position : op.getWrtInvariants()) {
    arguments.push_back(
        getCotangentType(asTensorType(op.getInvariants()[position].getType())));
    results.push_back(arguments.back());
  }
  if (failed(compare(op, adjoint, adjoint.getArgumentTypes(), arguments,
                     "argument")))
    return failure();
  return compare(op, adjoint, adjoint.getResultTypes(), results, "result");
}

/// The residuals of the first sweep and of a replay in one mode are the same.
static LogicalResult verifyResiduals(BackwardOp op, func::FuncOp taped,
                                     func::FuncOp retaped, size_t numResults) {
  TypeRange first = taped.getResultTypes().drop_front(numResults);
  TypeRange again = retaped.getResultTypes().drop_front(op.getCarry().size());
  if (first == again)
    return success();
  return op.emitOpError() << "replays with @" << retaped.getName()
                          << ", whose residuals are not those of @"
                          << taped.getName() << " in its bptt.forward";
}

LogicalResult BackwardOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Site replay{*this, getCarry(), getInputs(), getInvariants(), getSteps(), {}};
  llvm::append_range(replay.results, getCarry().getTypes());
  if (failed(verifyCell(replay, getAdvanceAttr(), /*extra=*/false, symbols)))
    return failure();
  auto forward = getTape().getDefiningOp<ForwardOp>();
  for (unsigned mode = 0; mode < getNumTapeModes(); ++mode) {
    FailureOr<func::FuncOp> retaped =
        verifyCell(replay, getTapedIn(mode), /*extra=*/true, symbols);
    FailureOr<func::FuncOp> taped =
        lookUpCell(forward, forward.getTapedIn(mode), symbols);
    FailureOr<func::FuncOp> adjoint =
        lookUpCell(*this, getAdjointIn(mode), symbols);
    if (failed(retaped) || failed(taped) || failed(adjoint))
      return failure();
    if (isBufferized(*retaped) || isBufferized(*taped) ||
        isBufferized(*adjoint))
      continue;
    if (failed(verifyResiduals(*this, *taped, *retaped,
                               forward.getResults().size())) ||
        failed(verifyAdjoint(*this, replay, *retaped, *adjoint)) ||
        failed(verifyPureCell(*this, *adjoint, symbols)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// step, checkpoint, recompute
//===----------------------------------------------------------------------===//

static Site getSite(StepOp op) {
  Site site{op, op.getCarry(), op.getInputs(), op.getInvariants(), {}, {}};
  llvm::append_range(site.results, op.getResultTypes());
  return site;
}

LogicalResult StepOp::verify() {
  if (int64_t(getIndex()) < 0)
    return emitOpError() << "is at step " << int64_t(getIndex())
                         << ", expected at least 0";
  if (getNumResults() < getCarry().size())
    return emitOpError() << "has " << getNumResults() << " results for "
                         << getCarry().size() << " carries";
  return success();
}

LogicalResult StepOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Site site = getSite(*this);
  return verifyCell(site, getCellAttr(), /*extra=*/false, symbols,
                    /*stacked=*/false);
}

LogicalResult RecomputeOp::verifyRegions() {
  Block &block = getBody().front();
  if (block.getArgumentTypes() != getOperandTypes())
    return emitOpError("region arguments and operands have different types");
  auto yield = dyn_cast<YieldOp>(block.back());
  if (!yield || yield.getOperandTypes() != getResultTypes())
    return emitOpError("must end in a bptt.yield of its results");
  return success();
}
