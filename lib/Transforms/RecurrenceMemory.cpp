//===- RecurrenceMemory.cpp - What one recurrence has in memory -----------===//

#include "RecurrenceMemory.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Transforms/Arena.h"

using namespace mlir;
using namespace bptt;

func::FuncOp bptt::lookUpCell(Operation *user, StringRef cell) {
  return cast<func::FuncOp>(SymbolTable::lookupNearestSymbolFrom(
      user, StringAttr::get(user->getContext(), cell)));
}

int64_t bptt::getWorkspaceBytes(func::FuncOp cell) {
  return cell->getAttrOfType<IntegerAttr>(kWorkspaceBytesAttr).getInt();
}

BackwardOp bptt::getBackward(ForwardOp forward) {
  return cast<BackwardOp>(*forward.getTape().user_begin());
}

static MemRefType getDense(Type type) {
  auto memref = cast<MemRefType>(type);
  return MemRefType::get(memref.getShape(), memref.getElementType());
}

RecurrenceSizes bptt::getRecurrenceSizes(ForwardOp forward,
                                         BackwardOp backward) {
  RecurrenceSizes sizes;
  size_t numCarries = forward.getCarry().size();
  for (Value carry : forward.getCarry())
    sizes.carries.push_back(getDense(carry.getType()));
  func::FuncOp retaped = lookUpCell(backward, backward.getTaped());
  // index, carries, inputs, invariants, then the destinations: carries and
  // residuals; then the workspace.
  size_t firstResidual = 1 + 2 * numCarries + forward.getInputs().size() +
                         forward.getInvariants().size();
  for (Type type :
       retaped.getArgumentTypes().drop_front(firstResidual).drop_back())
    sizes.residuals.push_back(getDense(type));
  sizes.stateBytes = getAlignedBytes(sizes.carries);
  sizes.residualBytes = getAlignedBytes(sizes.residuals);
  sizes.advanceWorkspaceBytes =
      std::max(getWorkspaceBytes(lookUpCell(forward, forward.getCell())),
               getWorkspaceBytes(lookUpCell(backward, backward.getAdvance())));
  sizes.tapedWorkspaceBytes =
      std::max(getWorkspaceBytes(lookUpCell(forward, forward.getTaped())),
               getWorkspaceBytes(retaped));
  sizes.backwardWorkspaceBytes =
      getWorkspaceBytes(lookUpCell(backward, backward.getAdjoint()));
  return sizes;
}
