//===- RecurrenceMemory.cpp - What one recurrence has in memory -----------===//

#include "RecurrenceMemory.h"

#include "NestedTables.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Transforms/Arena.h"

using namespace mlir;
using namespace bptt;

func::FuncOp bptt::lookUpCell(Operation *user, StringRef cell) {
  return cast<func::FuncOp>(SymbolTable::lookupNearestSymbolFrom(
      user, StringAttr::get(user->getContext(), cell)));
}

void bptt::forEachCell(Operation *recurrence,
                       llvm::function_ref<void(func::FuncOp)> visit) {
  recurrence->getAttrDictionary().walk([&](FlatSymbolRefAttr name) {
    visit(lookUpCell(recurrence, name.getValue()));
  });
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

static TapeSizes getTapeSizes(ForwardOp forward, BackwardOp backward,
                              unsigned mode) {
  auto lookUp = [&](FlatSymbolRefAttr cell) {
    return lookUpCell(forward, cell.getValue());
  };
  func::FuncOp retaped = lookUp(backward.getTapedIn(mode));
  // index, carries, inputs, invariants, then the destinations: carries and
  // residuals; then tables and the workspace.
  size_t firstResidual = 1 + 2 * forward.getCarry().size() +
                         forward.getInputs().size() +
                         forward.getInvariants().size();
  TapeSizes sizes;
  for (Type type : retaped.getArgumentTypes()
                       .drop_front(firstResidual)
                       .drop_back(getNumTrailingArguments(retaped)))
    sizes.residuals.push_back(getDense(type));
  sizes.residualBytes = getAlignedBytes(sizes.residuals);
  sizes.tapedWorkspaceBytes =
      std::max(getWorkspaceBytes(lookUp(forward.getTapedIn(mode))),
               getWorkspaceBytes(retaped));
  sizes.backwardWorkspaceBytes =
      getWorkspaceBytes(lookUp(backward.getAdjointIn(mode)));
  return sizes;
}

RecurrenceSizes bptt::getRecurrenceSizes(ForwardOp forward,
                                         BackwardOp backward) {
  RecurrenceSizes sizes;
  for (Value carry : forward.getCarry())
    sizes.carries.push_back(getDense(carry.getType()));
  sizes.stateBytes = getAlignedBytes(sizes.carries);
  for (unsigned mode = 0; mode < forward.getNumTapeModes(); ++mode)
    sizes.modes.push_back(getTapeSizes(forward, backward, mode));
  sizes.advanceWorkspaceBytes =
      std::max(getWorkspaceBytes(lookUpCell(forward, forward.getCell())),
               getWorkspaceBytes(lookUpCell(backward, backward.getAdvance())));
  return sizes;
}
