//===- ChainVerifiers.cpp - Constraints of the chain operations -----------===//
//
// The numbers in comments are those of `bptt.chain`'s constraints in
// BPTTOps.td.

#include "VerifyCells.h"

#include "bptt/Dialect/BPTT/IR/Chain.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;
using namespace bptt;

namespace {

/// Constraint 1.
template <typename OpT>
LogicalResult verifySteps(OpT op) {
  size_t numSteps = op.getCells().size();
  if (numSteps == 0)
    return op.emitOpError("has no steps");
  if (op.getCarry().empty())
    return op.emitOpError("has no carry");
  if (op.getIndices().size() != numSteps || op.getUses().size() != numSteps)
    return op.emitOpError()
           << "has " << numSteps << " cells, " << op.getIndices().size()
           << " indices and " << op.getUses().size() << " lists of uses";
  for (size_t step = 0; step < numSteps; ++step) {
    if (op.getIndices()[step] < 0)
      return op.emitOpError()
             << "step #" << step << " has the index " << op.getIndices()[step]
             << ", expected at least 0";
    llvm::SmallSet<int64_t, 8> seen;
    for (int64_t use : getUses(op.getUses(), step))
      if (use < 0 || use >= int64_t(op.getInvariants().size()) ||
          !seen.insert(use).second)
        return op.emitOpError()
               << "step #" << step << " uses #" << use << ", expected each of "
               << op.getInvariants().size() << " invariants at most once";
  }
  return success();
}

/// The function `name` takes and returns these; with `more`, other results
/// follow. Constraint 4 as well.
FailureOr<func::FuncOp> verifyFunction(Operation *op, FlatSymbolRefAttr name,
                                       TypeRange arguments, TypeRange results,
                                       bool more,
                                       SymbolTableCollection &symbols) {
  FailureOr<func::FuncOp> cell = lookUpCell(op, name, symbols);
  if (failed(cell) || isBufferized(*cell))
    return cell;
  if (failed(compare(op, *cell, cell->getArgumentTypes(), arguments,
                     "argument")) ||
      failed(compare(op, *cell, cell->getResultTypes(), results, "result",
                     more)) ||
      failed(verifyStatic(op, *cell, cell->getArgumentTypes().drop_front(),
                          "argument")) ||
      failed(verifyStatic(op, *cell, cell->getResultTypes(), "result")) ||
      failed(verifyPureCell(op, *cell, symbols)))
    return failure();
  return cell;
}

/// What a step takes: the index, `carries`, and what it uses.
template <typename OpT>
SmallVector<Type> getArguments(OpT op, size_t step, TypeRange carries) {
  SmallVector<Type> types{IndexType::get(op.getContext())};
  llvm::append_range(types, carries);
  for (int64_t use : getUses(op.getUses(), step))
    types.push_back(asTensorType(op.getInvariants()[use].getType()));
  return types;
}

SmallVector<Type> asTensorTypes(TypeRange types) {
  return llvm::map_to_vector(
      types, [](Type type) -> Type { return asTensorType(type); });
}

/// Constraints 2, 3 and 4.
template <typename OpT>
LogicalResult verifyCells(OpT op, TypeRange results,
                          SymbolTableCollection &symbols) {
  size_t numCarries = op.getCarry().size();
  SmallVector<Type> carries = asTensorTypes(op.getCarry().getTypes()), outputs;
  for (auto [step, name] : llvm::enumerate(
           op.getCells().template getAsRange<FlatSymbolRefAttr>())) {
    FailureOr<func::FuncOp> cell =
        verifyFunction(op, name, getArguments(op, step, carries), TypeRange(),
                       /*more=*/true, symbols);
    if (failed(cell))
      return failure();
    if (isBufferized(*cell))
      return success();
    TypeRange returned = cell->getResultTypes();
    if (returned.size() < numCarries)
      return op.emitOpError()
             << "cell " << name << " returns " << returned.size()
             << " values for " << numCarries << " carries";
    carries = SmallVector<Type>(returned.take_front(numCarries));
    llvm::append_range(outputs, returned.drop_front(numCarries));
  }
  llvm::append_range(carries, outputs);
  return verifyTypes(op, results, carries, "result");
}

} // namespace

//===----------------------------------------------------------------------===//
// chain
//===----------------------------------------------------------------------===//

LogicalResult ChainOp::verify() { return verifySteps(*this); }

LogicalResult ChainOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyCells(*this, getResultTypes(), symbols);
}

//===----------------------------------------------------------------------===//
// chain_forward
//===----------------------------------------------------------------------===//

LogicalResult ChainForwardOp::verify() {
  SmallVector<Type> results;
  if (failed(verifySteps(*this)) ||
      failed(collectResults(*this, getResults(), getOuts(), results)))
    return failure();
  if (getTaped().size() != getCells().size())
    return emitOpError() << "has " << getCells().size() << " cells and "
                         << getTaped().size() << " taped ones";
  if (getOtherTaped() && getOtherTaped()->size() != getCells().size())
    return emitOpError() << "has " << getCells().size() << " cells and "
                         << getOtherTaped()->size()
                         << " lists of further taped ones";
  if (results.size() < getCarry().size())
    return emitOpError() << "has " << results.size() << " results for "
                         << getCarry().size() << " carries";
  if (!getTape().hasOneUse() || !isa<ChainBackwardOp>(*getTape().user_begin()))
    return emitOpError(
        "the tape must have exactly one use, in a bptt.chain_backward");
  if ((*getTape().user_begin())->getBlock() != (*this)->getBlock())
    return emitOpError(
        "the bptt.chain_backward of the tape must be in the same block");
  return success();
}

LogicalResult ChainForwardOp::verifySymbolUses(SymbolTableCollection &symbols) {
  SmallVector<Type> results;
  if (failed(collectResults(*this, getResults(), getOuts(), results)) ||
      failed(verifyCells(*this, results, symbols)))
    return failure();
  for (auto [step, name] :
       llvm::enumerate(getCells().getAsRange<FlatSymbolRefAttr>())) {
    FailureOr<func::FuncOp> cell = lookUpCell(*this, name, symbols);
    if (failed(cell))
      return failure();
    for (unsigned mode = 0; mode < getNumTapeModes(step); ++mode)
      if (failed(verifyFunction(
              *this, getTapedIn(step, mode), cell->getArgumentTypes(),
              cell->getResultTypes(), /*more=*/true, symbols)))
        return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// chain_backward
//===----------------------------------------------------------------------===//

/// As many modes as in the forward, for every step.
static LogicalResult verifyTapeModes(ChainBackwardOp op,
                                     ChainForwardOp forward) {
  size_t numSteps = op.getTaped().size();
  for (std::optional<ArrayAttr> others :
       {forward.getOtherTaped(), op.getOtherTaped(), op.getOtherAdjoints()})
    if (others.has_value() != forward.getOtherTaped().has_value() ||
        (others && others->size() != numSteps))
      return op.emitOpError("needs a list of further taped cells and one of "
                            "further adjoints for each step, if its "
                            "bptt.chain_forward has one of taped cells");
  for (size_t step = 0; forward.getOtherTaped() && step < numSteps; ++step) {
    size_t modes = forward.getNumTapeModes(step) - 1;
    size_t taped = cast<ArrayAttr>((*op.getOtherTaped())[step]).size(),
           adjoints = cast<ArrayAttr>((*op.getOtherAdjoints())[step]).size();
    if (taped != modes || adjoints != modes)
      return op.emitOpError()
             << "has " << taped << " further taped cells and " << adjoints
             << " further adjoints for step #" << step
             << ", its bptt.chain_forward has " << modes;
  }
  return success();
}

LogicalResult ChainBackwardOp::verify() {
  auto forward = getTape().getDefiningOp<ChainForwardOp>();
  if (!forward)
    return emitOpError("the tape must come from a bptt.chain_forward");
  size_t numSteps = forward.getCells().size();
  if (getAdvance().size() != numSteps || getTaped().size() != numSteps ||
      getAdjoint().size() != numSteps)
    return emitOpError() << "has " << getAdvance().size() << " advances, "
                         << getTaped().size() << " taped cells and "
                         << getAdjoint().size()
                         << " adjoints, its bptt.chain_forward has " << numSteps
                         << " steps";
  if (failed(verifyTapeModes(*this, forward)))
    return failure();
  SmallVector<Type> results, primals;
  if (failed(collectResults(*this, getResults(), getOuts(), results)) ||
      failed(collectResults(forward, forward.getResults(), forward.getOuts(),
                            primals)) ||
      failed(verifySame(*this, getCarry(), forward.getCarry(), "carry")) ||
      failed(verifySame(*this, getInvariants(), forward.getInvariants(),
                        "invariants")))
    return failure();
  size_t numCarries = getCarry().size();
  if (primals.size() < numCarries)
    return success(); // bptt.chain_forward says so itself
  if (failed(verifyPositions(*this, getCarries(), numCarries, "carries")) ||
      failed(verifyPositions(*this, getOutputs(), primals.size() - numCarries,
                             "outputs")) ||
      failed(verifyPositions(*this, getWrt(), getInvariants().size(), "wrt")))
    return failure();
  SmallVector<Type> cotangents, expected;
  for (int64_t position : getCarries()) {
    cotangents.push_back(getCotangentType(asTensorType(primals[position])));
    expected.push_back(
        getCotangentType(asTensorType(getCarry()[position].getType())));
  }
  for (int64_t position : getOutputs())
    cotangents.push_back(asTensorType(primals[numCarries + position]));
  for (int64_t position : getWrt())
    expected.push_back(
        getCotangentType(asTensorType(getInvariants()[position].getType())));
  if (failed(verifyTypes(*this, getCotangents().getTypes(), cotangents,
                         "cotangent")))
    return failure();
  return verifyTypes(*this, results, expected, "result");
}

namespace {
/// The functions of one step of a chain's second sweep.
class StepVerifier {
public:
  StepVerifier(ChainBackwardOp op, size_t step, int64_t firstOutput,
               SymbolTableCollection &symbols)
      : op(op), forward(op.getTape().getDefiningOp<ChainForwardOp>()),
        step(step), firstOutput(firstOutput), symbols(symbols) {}

  LogicalResult run(func::FuncOp cell) {
    size_t numCarries = op.getCarry().size();
    TypeRange carries = cell.getResultTypes().take_front(numCarries);
    if (failed(verifyFunction(op,
                              cast<FlatSymbolRefAttr>(op.getAdvance()[step]),
                              cell.getArgumentTypes(), carries,
                              /*more=*/false, symbols)))
      return failure();
    for (unsigned mode = 0; mode < op.getNumTapeModes(step); ++mode)
      if (failed(verifyMode(mode, cell, carries)))
        return failure();
    return success();
  }

private:
  LogicalResult verifyMode(unsigned mode, func::FuncOp cell,
                           TypeRange carries) {
    FailureOr<func::FuncOp> retaped =
        verifyFunction(op, op.getTapedIn(step, mode), cell.getArgumentTypes(),
                       carries, /*more=*/true, symbols);
    FailureOr<func::FuncOp> taped =
        lookUpCell(op, forward.getTapedIn(step, mode), symbols);
    if (failed(retaped) || failed(taped))
      return failure();
    TypeRange residuals = retaped->getResultTypes().drop_front(carries.size());
    if (residuals != taped->getResultTypes().drop_front(cell.getNumResults()))
      return op.emitOpError()
             << "replays with @" << retaped->getName()
             << ", whose residuals are not those of @" << taped->getName()
             << " in its bptt.chain_forward";
    return verifyAdjoint(op.getAdjointIn(step, mode), cell, residuals);
  }

  LogicalResult verifyAdjoint(FlatSymbolRefAttr name, func::FuncOp cell,
                              TypeRange residuals) {
    size_t numCarries = op.getCarry().size();
    TypeRange taken = cell.getArgumentTypes(), given = cell.getResultTypes();
    SmallVector<Type> arguments{taken.front()}, results;
    llvm::append_range(arguments, residuals);
    llvm::append_range(arguments, taken.slice(1, numCarries));
    llvm::append_range(arguments, given.take_front(numCarries));
    llvm::append_range(arguments, taken.drop_front(1 + numCarries));
    for (int64_t position : op.getCarries()) {
      arguments.push_back(getCotangentType(given[position]));
      results.push_back(getCotangentType(taken[1 + position]));
    }
    for (int64_t position : op.getOutputs())
      if (position >= firstOutput &&
          position - firstOutput < int64_t(given.size() - numCarries))
        arguments.push_back(given[numCarries + position - firstOutput]);
    for (int64_t use : getUses(forward.getUses(), step))
      if (llvm::is_contained(op.getWrt(), use)) {
        arguments.push_back(
            getCotangentType(asTensorType(op.getInvariants()[use].getType())));
        results.push_back(arguments.back());
      }
    return verifyFunction(op, name, arguments, results, /*more=*/false,
                          symbols);
  }

  ChainBackwardOp op;
  ChainForwardOp forward;
  size_t step;
  int64_t firstOutput;
  SymbolTableCollection &symbols;
};
} // namespace

LogicalResult
ChainBackwardOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto forward = getTape().getDefiningOp<ChainForwardOp>();
  int64_t firstOutput = 0;
  for (auto [step, name] :
       llvm::enumerate(forward.getCells().getAsRange<FlatSymbolRefAttr>())) {
    FailureOr<func::FuncOp> cell = lookUpCell(forward, name, symbols);
    if (failed(cell))
      return failure();
    if (isBufferized(*cell) || cell->getNumResults() < getCarry().size())
      return success(); // bptt.chain_forward says what is wrong
    if (failed(StepVerifier(*this, step, firstOutput, symbols).run(*cell)))
      return failure();
    firstOutput += cell->getNumResults() - getCarry().size();
  }
  return success();
}
