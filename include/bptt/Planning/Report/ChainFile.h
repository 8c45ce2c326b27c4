//===- ChainFile.h - Chains of unequal steps as JSON ------------*- C++ -*-===//
//
//   {"steps": [{"state_bytes": 8, "residual_bytes": 32},
//              {"state_bytes": 8,
//               "tape_modes": [{"bytes": 32}, {"bytes": 8, "cost": 1}],
//               "advance_cost": 2, "taped_cost": 2, "backward_cost": 4}]}
//
// `state_bytes` is the size of the step's input state. Costs default to 1, 1
// and 2; a step has either `residual_bytes` or `tape_modes`.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_PLANNING_REPORT_CHAINFILE_H
#define BPTT_PLANNING_REPORT_CHAINFILE_H

#include "bptt/Planning/Problem.h"

namespace bptt::planning {

/// Reads a chain; a failure names `fileName` and the place in it.
llvm::Expected<Problem> parseChain(llvm::StringRef json,
                                   llvm::StringRef fileName);

} // namespace bptt::planning

#endif // BPTT_PLANNING_REPORT_CHAINFILE_H
