//===- Splitter.h - One decision of a plan ----------------------*- C++ -*-===//
//
// A plan is a tree of decisions: how a run of steps is parted into what comes
// first and what comes after. A policy is a splitter, an immutable value that
// answers for any run it produced itself; expansion into actions, counting and
// peaks are the same for all.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_PLANNING_SPLITTER_H
#define BPTT_PLANNING_SPLITTER_H

#include "bptt/Planning/Action.h"
#include "bptt/Planning/Problem.h"

#include <optional>

namespace bptt::planning {

/// Steps [beginStep, beginStep + numSteps) with cur at h_beginStep.
struct Run {
  int64_t beginStep = 0;
  int64_t numSteps = 0;
  /// What the run may use, in the splitter's own unit (bytes, slots, ...).
  int64_t allowance = 0;
  /// The run's initial state is the caller's and takes nothing from allowance.
  bool initialIsHeld = false;
};

/// Advance `numAdvances` steps from the start of the run; then either keep the
/// state reached, or tape the next step. What remains goes to the right-hand
/// run with `rightAllowance`; when it is done, and the taped step's backward,
/// the steps advanced over form the left-hand run with the same allowance.
/// A taped step with nothing to its right uses the tape in progress.
struct Split {
  int64_t numAdvances = 0;
  bool tapes = false;
  int32_t tapeMode = 0;
  int64_t rightAllowance = 0;
};

class Splitter {
public:
  virtual ~Splitter() = default;

  /// The allowance of the whole sequence.
  virtual int64_t allowance() const = 0;

  /// Decides a run of two steps or more. Requires 1 <= numAdvances < numSteps
  /// for a split that does not tape, 0 <= numAdvances < numSteps otherwise.
  virtual Split split(const Run &run) const = 0;

  /// Whether a run of two equal steps or more is known to tape every step but
  /// the last, all in the cheapest mode. Saves summing up step by step.
  virtual bool tapesAll(const Run &run) const { return false; }
};

/// The root of the tree.
Run wholeRun(const Problem &problem, const Splitter &splitter);

/// What a tree of decisions amounts to.
struct TreeSummary {
  int64_t advances = 0;
  int64_t advanceCost = 0;
  int64_t extraBackwardCost = 0;
  int64_t keptPeakBytes = 0;
  int64_t checkpointBytes = 0; ///< copied into checkpoints
};

/// Sums the tree up without expanding it, equal runs once. Gives up after
/// `maxRuns` different runs, and when a sum overflows.
std::optional<TreeSummary> summarize(const Problem &problem,
                                     const Splitter &splitter,
                                     int64_t inProgressMode, int64_t maxRuns);

/// Turns the tree into actions, in order. Memory grows with the depth of the
/// tree at most, never with the number of actions; a descent by equal strides,
/// as along a run of tapes or of states at equal distances, takes none.
void expand(const Problem &problem, const Splitter &splitter,
            int64_t inProgressMode, ActionVisitor visit);

} // namespace bptt::planning

#endif // BPTT_PLANNING_SPLITTER_H
