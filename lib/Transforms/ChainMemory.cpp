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
  for (auto [state, modes] : llvm::zip(states, residuals))
    bytes += state.bytes + modes.front().bytes;
  return bytes;
}

ChainSizes bptt::getChainSizes(ChainForwardOp forward) {
  ChainBackwardOp backward = getBackward(forward);
  size_t numCarries = forward.getCarry().size();
  auto lookUp = [&](Attribute name) {
    return lookUpCell(forward, cast<FlatSymbolRefAttr>(name).getValue());
  };
  ChainSizes sizes;
  for (size_t step = 0; step < forward.getCells().size(); ++step) {
    func::FuncOp cell = lookUp(forward.getCells()[step]);
    // index, carries, invariants, then the destinations: carries, outputs or
    // residuals; then tables and the workspace.
    size_t firstOther =
        1 + 2 * numCarries + getUses(forward.getUses(), step).size();
    sizes.states.push_back(
        makeItem(cell.getArgumentTypes().slice(1, numCarries)));
    sizes.numOutputs.push_back(cell.getNumArguments() - firstOther -
                               getNumTrailingArguments(cell));
    sizes.advanceWorkspaceBytes =
        std::max({sizes.advanceWorkspaceBytes, getWorkspaceBytes(cell),
                  getWorkspaceBytes(lookUp(backward.getAdvance()[step]))});
    auto &modes = sizes.residuals.emplace_back();
    for (unsigned mode = 0; mode < forward.getNumTapeModes(step); ++mode) {
      func::FuncOp retaped = lookUp(backward.getTapedIn(step, mode));
      modes.push_back(
          makeItem(retaped.getArgumentTypes()
                       .drop_front(firstOther)
                       .drop_back(getNumTrailingArguments(retaped))));
      int64_t &workspace =
          mode ? sizes.otherWorkspaceBytes : sizes.tapedWorkspaceBytes;
      workspace = std::max(
          {workspace, getWorkspaceBytes(retaped),
           getWorkspaceBytes(lookUp(forward.getTapedIn(step, mode))),
           getWorkspaceBytes(lookUp(backward.getAdjointIn(step, mode)))});
    }
    sizes.largestResidualBytes =
        std::max(sizes.largestResidualBytes, modes.front().bytes);
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
