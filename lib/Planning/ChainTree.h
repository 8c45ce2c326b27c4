//===- ChainTree.h - The decisions of a chain's plan ------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_CHAINTREE_H
#define BPTT_LIB_PLANNING_CHAINTREE_H

#include "ChainSums.h"
#include "ChainTable.h"

#include "llvm/ADT/DenseMap.h"

namespace bptt::planning {

/// One decision for every interval of the plan; no interval comes up twice.
class ChainTree final : public Splitter {
public:
  int64_t allowance() const override { return keptBytes; }
  Split split(const Run &run) const override {
    return splits.lookup({run.beginStep, run.numSteps});
  }

  int64_t keptBytes = 0;
  llvm::DenseMap<std::pair<int64_t, int64_t>, Split> splits;
};

/// Adds the decisions for `steps` of a plan at the cost that a safe `table` has
/// for `keptBytes`. Among the plans of this cost that the table knows, it
/// copies the fewest bytes into checkpoints, as far as `maxWork` splits tell.
void addFromTable(ChainTree &tree, const Problem &problem,
                  const ChainSums &sums, const ChainTable &table,
                  ChainInterval steps, int64_t keptBytes, int64_t maxWork);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CHAINTREE_H
