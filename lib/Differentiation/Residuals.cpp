//===- Residuals.cpp - What a step hands to its backward ------------------===//

#include "Residuals.h"

#include "MinimumCut.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Differentiation/Adjoint.h"

using namespace mlir;

namespace bptt {

/// Only a tensor can be kept.
static int64_t getCapacity(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() ? getDenseBytes(tensor)
                                           : MinimumCut::kInfinite;
}

SmallVector<Value> chooseResiduals(func::FuncOp cell, size_t numCarries,
                                   ArrayRef<Value> needed) {
  Block &body = cell.getBody().front();
  ValueRange carries =
      body.getTerminator()->getOperands().take_front(numCarries);
  llvm::DenseSet<Value> free(carries.begin(), carries.end());

  // Not being at hand flows from contractions and reductions through what could
  // be computed again.
  MinimumCut graph;
  llvm::DenseMap<Value, unsigned> nodes;
  SmallVector<Value> values;
  for (Operation &op : body.without_terminator())
    for (Value result : op.getResults()) {
      if (free.contains(result))
        continue;
      unsigned node = graph.addNode(getCapacity(result.getType()));
      nodes[result] = node;
      values.push_back(result);
      if (!isRecomputable(&op)) {
        graph.addSource(node);
        continue;
      }
      for (Value used : getUsedValues(&op))
        if (auto producer = nodes.find(used); producer != nodes.end())
          graph.addEdge(producer->second, node);
    }
  for (Value value : needed)
    if (auto node = nodes.find(value); node != nodes.end())
      graph.addSink(node->second);

  SmallVector<Value> residuals;
  for (unsigned node : graph.solve())
    residuals.push_back(values[node]);
  return residuals;
}

} // namespace bptt
