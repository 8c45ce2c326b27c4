//===- ChainMemory.cpp - What one chain has in memory ---------------------===//

#include "ChainMemory.h"

#include "NestedTables.h"
#include "RecurrenceMemory.h"

#include "bptt/Dialect/BPTT/IR/Chain.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"

using namespace mlir;
using namespace bptt;

ChainBackwardOp bptt::getBackward(ChainForwardOp forward) {
  return cast<ChainBackwardOp>(*forward.getTape().user_begin());
}

static DenseItem makeItem(ArrayRef<Type> types) {
  DenseItem item;
  for (Type type : types) {
    auto memref = cast<MemRefType>(type);
    item.types.push_back(
        MemRefType::get(memref.getShape(), memref.getElementType()));
  }
  item.bytes = getAlignedBytes(item.types);
  return item;
}

static DenseItem getGradients(const DenseItem &state,
                              ArrayRef<int64_t> carries) {
  SmallVector<Type> types;
  for (int64_t carry : carries) {
    auto type = cast<MemRefType>(state.types[carry]);
    types.push_back(MemRefType::get(type.getShape(),
                                    getCotangentType(type.getElementType())));
  }
  return makeItem(types);
}

int64_t ChainSizes::plainStackBytes() const {
  int64_t bytes = 0;
  for (auto [state, residual] : llvm::zip(states, residuals))
    bytes += state.bytes + residual.bytes;
  return bytes;
}

ChainSizes bptt::getChainSizes(ChainForwardOp forward) {
  ChainBackwardOp backward = getBackward(forward);
  size_t numCarries = forward.getCarry().size();
  auto lookUp = [&](ArrayAttr cells, size_t step) {
    return lookUpCell(forward, cast<FlatSymbolRefAttr>(cells[step]).getValue());
  };
  ChainSizes sizes;
  for (size_t step = 0; step < forward.getCells().size(); ++step) {
    func::FuncOp cell = lookUp(forward.getCells(), step),
                 retaped = lookUp(backward.getTaped(), step);
    // index, carries, invariants, then the destinations: carries, outputs or
    // residuals; then tables and the workspace.
    size_t firstOther =
        1 + 2 * numCarries + getUses(forward.getUses(), step).size();
    ArrayRef<Type> residuals = retaped.getArgumentTypes();
    sizes.states.push_back(
        makeItem(cell.getArgumentTypes().slice(1, numCarries)));
    sizes.residuals.push_back(
        makeItem(residuals.drop_front(firstOther)
                     .drop_back(getNumTrailingArguments(retaped))));
    sizes.numOutputs.push_back(cell.getNumArguments() - firstOther -
                               getNumTrailingArguments(cell));
    sizes.largestResidualBytes =
        std::max(sizes.largestResidualBytes, sizes.residuals.back().bytes);
    sizes.advanceWorkspaceBytes =
        std::max({sizes.advanceWorkspaceBytes, getWorkspaceBytes(cell),
                  getWorkspaceBytes(lookUp(backward.getAdvance(), step))});
    sizes.tapedWorkspaceBytes =
        std::max({sizes.tapedWorkspaceBytes, getWorkspaceBytes(retaped),
                  getWorkspaceBytes(lookUp(forward.getTaped(), step)),
                  getWorkspaceBytes(lookUp(backward.getAdjoint(), step))});
  }
  sizes.states.push_back(makeItem(llvm::to_vector(
      ValueRange(forward.getOuts()).take_front(numCarries).getTypes())));
  for (auto [index, state] : llvm::enumerate(sizes.states)) {
    sizes.gradients.push_back(getGradients(state, backward.getCarries()));
    int64_t &running = sizes.runningBytes[index % 2],
            &gradient = sizes.gradientBytes[index % 2];
    running = std::max(running, state.bytes);
    gradient = std::max(gradient, sizes.gradients.back().bytes);
  }
  return sizes;
}
