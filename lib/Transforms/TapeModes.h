//===- TapeModes.h - Which ways to tape a step are worth having -*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_TAPEMODES_H
#define BPTT_LIB_TRANSFORMS_TAPEMODES_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Planning/Plan.h"

#include "llvm/ADT/SmallBitVector.h"

namespace bptt {

/// The number of modes that are chosen or not: those of a recurrence; of a
/// chain the first and, if a step has others, these together.
unsigned getNumTapeModeChoices(FirstSweepOpInterface forward);

/// Leaves the first mode of `problem`, or of each of its steps.
void keepFirstTapeMode(planning::Problem &problem);

/// The fewest modes of `problem` with which a plan takes the least time. A plan
/// with the first mode alone may keep `keptBytes`; one that uses mode k as well
/// has `scratchBytes[k]` less, which the cells of the mode need. Policies other
/// than the optimal one know the first mode only. Of a chain the further modes
/// of all steps go together: they are number 1.
llvm::SmallBitVector chooseTapeModes(const planning::Problem &problem,
                                     planning::Policy policy, int64_t keptBytes,
                                     llvm::ArrayRef<int64_t> scratchBytes);

/// Takes from `forward`, of a recurrence or a chain, and from its backward the
/// modes that are not in `modes`, and from the module their cells where nothing
/// else names them. The first stays.
void keepTapeModes(FirstSweepOpInterface forward,
                   const llvm::SmallBitVector &modes);

} // namespace bptt

#endif
