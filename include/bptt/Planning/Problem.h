//===- Problem.h - What a plan is asked for ---------------------*- C++ -*-===//
//
// The planning problem in integers: steps, bytes, costs. Nothing here knows an
// operation. The words are those of docs: `advance` evaluates a step for its
// state only, `taped forward` also keeps its residuals.
//
// Steps are numbered 0..numSteps-1; step i maps state h_i to h_{i+1}. h_0 is
// the initial state, h_T (T = numSteps) the final one.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_PLANNING_PROBLEM_H
#define BPTT_PLANNING_PROBLEM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bptt::planning {

/// The longest sequence that is planned; everything is counted in 64 bits.
inline constexpr int64_t kMaxSteps = int64_t(1) << 40;
/// The largest single size or reserve, so that sums of a few never overflow.
inline constexpr int64_t kMaxBytes = int64_t(1) << 58;

/// Whether the initial state stays with the caller for the whole sweep (form A
/// of the recurrences) or has to be kept in the budget like any other (form F).
enum class InitialState { Held, Counted };

/// One way to tape a step: what its residuals take, and what its backward costs
/// beyond `StepCosts::backward` because it recomputes what was not saved.
struct TapeMode {
  int64_t residualBytes = 0;
  int64_t extraBackwardCost = 0;
};

/// Costs in any common unit (nanoseconds, FLOPs, evaluations).
struct StepCosts {
  int64_t advance = 1;
  int64_t taped = 1;
  int64_t backward = 2;
};

/// Memory outside the kept bytes that is alive while a plan runs.
struct Reserves {
  int64_t runningBytes = 0;
  int64_t gradientBytes = 0;
  int64_t advanceWorkspaceBytes = 0;
  int64_t tapedWorkspaceBytes = 0;
  int64_t backwardWorkspaceBytes = 0;
};

/// One step of a chain whose steps differ.
struct ChainStep {
  int64_t stateBytes = 0; ///< of the step's input h_i
  std::vector<TapeMode> tapeModes;
  StepCosts costs;
};

/// A recurrence to be planned. With `chain` empty all steps are alike and the
/// scalar fields describe them; otherwise `chain` has numSteps entries and the
/// scalar `stateBytes`, `tapeModes` and `costs` are not read.
struct Problem {
  int64_t numSteps = 0;
  int64_t stateBytes = 1;
  std::vector<TapeMode> tapeModes = {TapeMode()};
  StepCosts costs;
  InitialState initialState = InitialState::Held;
  Reserves reserves;
  std::vector<ChainStep> chain;

  bool isChain() const { return !chain.empty(); }

  /// Bytes of state h_i, 0 <= i < numSteps (the final state is never kept).
  int64_t stateBytesAt(int64_t state) const {
    return isChain() ? chain[state].stateBytes : stateBytes;
  }
  const std::vector<TapeMode> &tapeModesAt(int64_t step) const {
    return isChain() ? chain[step].tapeModes : tapeModes;
  }
  const StepCosts &costsAt(int64_t step) const {
    return isChain() ? chain[step].costs : costs;
  }

  /// Fails, naming the field and its value, unless every number is in range.
  llvm::Error check() const;
};

/// The mode whose backward costs least, and of those the smallest: what plain
/// BPTT would use, and the default of the tape in progress.
int64_t cheapestTapeMode(llvm::ArrayRef<TapeMode> modes);

/// The mode in which `step` is taped in progress: `inProgressMode`, or for -1
/// the cheapest one of the step.
int64_t tapeModeInProgress(const Problem &problem, int64_t step,
                           int64_t inProgressMode);

/// Bytes of the one tape in progress, which lies outside the kept bytes, when
/// it is taken with `inProgressMode` (-1: the cheapest mode of each step).
int64_t inProgressBytes(const Problem &problem, int64_t inProgressMode = -1);

/// Everything but the kept bytes: running state, gradient of the state, and
///   max(advance workspace, tape in progress + max(taped, backward workspace)).
int64_t fixedBytes(const Problem &problem, int64_t inProgressMode = -1);

/// Peak of a plan that keeps `keptBytes`: kept bytes + fixedBytes. Saturates.
int64_t peakBytes(const Problem &problem, int64_t keptBytes,
                  int64_t inProgressMode = -1);

/// Kept bytes without which no plan exists: 0, or the initial state when it is
/// counted and there are two steps or more.
int64_t minKeptBytes(const Problem &problem);

/// The smallest peak of any plan.
int64_t floorBytes(const Problem &problem);

/// What makes the floor up, in words: `running state 8 + gradient 4 + ...`.
std::string floorParts(const Problem &problem);

/// Kept bytes of plain BPTT: every tape but the last on the stack, each in its
/// cheapest mode. No plan can use more. Saturates.
int64_t fullKeptBytes(const Problem &problem);

/// Peak of plain BPTT in the same accounting: what "100 %" means. Saturates.
int64_t fullBytes(const Problem &problem);

/// Kept bytes that a budget for everything leaves. Fails with InfeasibleBudget
/// below the floor.
llvm::Expected<int64_t> keptBytesForBudget(const Problem &problem,
                                           int64_t budgetBytes,
                                           int64_t inProgressMode = -1);

/// No plan fits: carries the budget that was given and the smallest that would
/// do, in the same accounting, and what makes the latter up.
class InfeasibleBudget : public llvm::ErrorInfo<InfeasibleBudget> {
public:
  static char ID;
  InfeasibleBudget(int64_t budgetBytes, int64_t floorBytes, std::string parts)
      : budgetBytes(budgetBytes), floorBytes(floorBytes),
        parts(std::move(parts)) {}

  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override;

  int64_t budgetBytes;
  int64_t floorBytes;
  std::string parts; ///< what makes the floor up, in words
};

} // namespace bptt::planning

#endif // BPTT_PLANNING_PROBLEM_H
