//===- Chain.cpp - Recurrences whose steps differ -------------------------===//

#include "bptt/Dialect/BPTT/IR/Chain.h"

using namespace mlir;
using namespace bptt;

func::FuncOp bptt::getCell(ChainOp chain, size_t step) {
  return SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      chain, cast<FlatSymbolRefAttr>(chain.getCells()[step]));
}

void bptt::splitChain(ChainOp chain) {
  OpBuilder builder(chain);
  size_t numCarries = chain.getCarry().size();
  SmallVector<Value> carries(chain.getCarry()), outputs;
  for (size_t step = 0; step < chain.getCells().size(); ++step) {
    func::FuncOp cell = getCell(chain, step);
    SmallVector<Value> invariants;
    for (int64_t use : getUses(chain.getUses(), step))
      invariants.push_back(chain.getInvariants()[use]);
    auto one = StepOp::create(builder, chain.getLoc(), cell.getResultTypes(),
                              cell.getName(), chain.getIndices()[step], carries,
                              /*inputs=*/ValueRange(), invariants);
    carries = SmallVector<Value>(one.getResults().take_front(numCarries));
    llvm::append_range(outputs, one.getResults().drop_front(numCarries));
  }
  llvm::append_range(carries, outputs);
  chain.replaceAllUsesWith(carries);
  chain.erase();
}
