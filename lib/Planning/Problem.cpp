//===- Problem.cpp - Checking a problem and its fixed memory --------------===//

#include "bptt/Planning/Problem.h"

#include "Math.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace bptt::planning;

char InfeasibleBudget::ID = 0;

void InfeasibleBudget::log(llvm::raw_ostream &os) const {
  os << "a budget of " << budgetBytes << " bytes is below the floor of "
     << floorBytes << " bytes";
  if (!parts.empty())
    os << " (" << parts << ')';
}

std::error_code InfeasibleBudget::convertToErrorCode() const {
  return llvm::inconvertibleErrorCode();
}

static llvm::Error outOfRange(const llvm::Twine &field, int64_t value,
                              int64_t least, int64_t most) {
  return llvm::createStringError(field + " is " + llvm::Twine(value) +
                                 ", expected " + llvm::Twine(least) + " to " +
                                 llvm::Twine(most));
}

static llvm::Error checkRange(const llvm::Twine &field, int64_t value,
                              int64_t least, int64_t most) {
  if (value < least || value > most)
    return outOfRange(field, value, least, most);
  return llvm::Error::success();
}

static llvm::Error checkStep(const std::string &where, int64_t stateBytes,
                             llvm::ArrayRef<TapeMode> modes,
                             const StepCosts &costs) {
  if (auto e = checkRange(where + "state bytes", stateBytes, 1, kMaxBytes))
    return e;
  if (modes.empty())
    return llvm::createStringError(where + "no tape mode is given");
  for (const TapeMode &mode : modes) {
    if (auto e = checkRange(where + "residual bytes", mode.residualBytes, 0,
                            kMaxBytes))
      return e;
    if (auto e = checkRange(where + "extra backward cost",
                            mode.extraBackwardCost, 0, kMaxBytes))
      return e;
  }
  if (auto e = checkRange(where + "advance cost", costs.advance, 1, kMaxBytes))
    return e;
  if (auto e = checkRange(where + "taped cost", costs.taped, 1, kMaxBytes))
    return e;
  return checkRange(where + "backward cost", costs.backward, 1, kMaxBytes);
}

llvm::Error Problem::check() const {
  if (auto e = checkRange("number of steps", numSteps, 0, kMaxSteps))
    return e;
  const std::pair<const char *, int64_t> fields[] = {
      {"running bytes", reserves.runningBytes},
      {"gradient bytes", reserves.gradientBytes},
      {"advance workspace bytes", reserves.advanceWorkspaceBytes},
      {"taped workspace bytes", reserves.tapedWorkspaceBytes},
      {"backward workspace bytes", reserves.backwardWorkspaceBytes}};
  for (auto [name, value] : fields)
    if (auto e = checkRange(name, value, 0, kMaxBytes))
      return e;
  if (!isChain())
    return checkStep("", stateBytes, tapeModes, costs);
  if (int64_t(chain.size()) != numSteps)
    return llvm::createStringError("the chain has " +
                                   llvm::Twine(chain.size()) +
                                   " steps, expected " + llvm::Twine(numSteps));
  for (size_t i = 0; i < chain.size(); ++i)
    if (auto e =
            checkStep("step " + std::to_string(i) + ": ", chain[i].stateBytes,
                      chain[i].tapeModes, chain[i].costs))
      return e;
  return llvm::Error::success();
}

int64_t bptt::planning::cheapestTapeMode(llvm::ArrayRef<TapeMode> modes) {
  auto isBetter = [](const TapeMode &a, const TapeMode &b) {
    return std::pair(a.extraBackwardCost, a.residualBytes) <
           std::pair(b.extraBackwardCost, b.residualBytes);
  };
  return std::min_element(modes.begin(), modes.end(), isBetter) - modes.begin();
}

int64_t bptt::planning::tapeModeInProgress(const Problem &problem, int64_t step,
                                           int64_t inProgressMode) {
  if (inProgressMode >= 0)
    return inProgressMode;
  return cheapestTapeMode(problem.tapeModesAt(step));
}

int64_t bptt::planning::inProgressBytes(const Problem &problem,
                                        int64_t inProgressMode) {
  int64_t most = 0;
  int64_t numKinds = problem.isChain() ? problem.numSteps : 1;
  for (int64_t step = 0; step < numKinds; ++step) {
    int64_t mode = tapeModeInProgress(problem, step, inProgressMode);
    most = std::max(most, problem.tapeModesAt(step)[mode].residualBytes);
  }
  return most;
}

int64_t bptt::planning::fixedBytes(const Problem &problem,
                                   int64_t inProgressMode) {
  const Reserves &r = problem.reserves;
  int64_t inProgress =
      inProgressBytes(problem, inProgressMode) +
      std::max(r.tapedWorkspaceBytes, r.backwardWorkspaceBytes);
  return r.runningBytes + r.gradientBytes +
         std::max(r.advanceWorkspaceBytes, inProgress);
}

int64_t bptt::planning::peakBytes(const Problem &problem, int64_t keptBytes,
                                  int64_t inProgressMode) {
  return saturatingAdd(keptBytes, fixedBytes(problem, inProgressMode));
}

int64_t bptt::planning::minKeptBytes(const Problem &problem) {
  if (problem.initialState == InitialState::Held || problem.numSteps < 2)
    return 0;
  return problem.stateBytesAt(0);
}

/// The mode of the tape in progress that needs the least memory.
static int64_t smallestInProgressMode(const Problem &problem) {
  int64_t best = -1;
  if (problem.isChain())
    return best;
  for (size_t mode = 0; mode < problem.tapeModes.size(); ++mode)
    if (fixedBytes(problem, mode) < fixedBytes(problem, best))
      best = mode;
  return best;
}

int64_t bptt::planning::floorBytes(const Problem &problem) {
  return peakBytes(problem, minKeptBytes(problem),
                   smallestInProgressMode(problem));
}

int64_t bptt::planning::fullKeptBytes(const Problem &problem) {
  auto tapeBytes = [&](int64_t step) {
    const std::vector<TapeMode> &modes = problem.tapeModesAt(step);
    return modes[cheapestTapeMode(modes)].residualBytes;
  };
  if (problem.numSteps < 2)
    return 0;
  int64_t ownInitial = minKeptBytes(problem);
  if (!problem.isChain())
    return saturatingAdd(
        ownInitial + tapeBytes(0),
        saturatingMul(problem.numSteps - 2, problem.stateBytes + tapeBytes(0)));
  int64_t sum = ownInitial + tapeBytes(0);
  for (int64_t step = 1; step + 1 < problem.numSteps; ++step)
    sum = saturatingAdd(sum, problem.stateBytesAt(step) + tapeBytes(step));
  return sum;
}

int64_t bptt::planning::fullBytes(const Problem &problem) {
  return peakBytes(problem, fullKeptBytes(problem));
}

static std::string describeParts(const Problem &problem,
                                 int64_t inProgressMode) {
  std::string parts;
  llvm::raw_string_ostream os(parts);
  const Reserves &r = problem.reserves;
  if (int64_t kept = minKeptBytes(problem))
    os << "initial state " << kept << " + ";
  int64_t tape = inProgressBytes(problem, inProgressMode);
  os << "running state " << r.runningBytes << " + gradient " << r.gradientBytes;
  if (fixedBytes(problem, inProgressMode) ==
      r.runningBytes + r.gradientBytes + r.advanceWorkspaceBytes)
    os << " + advance workspace " << r.advanceWorkspaceBytes;
  else
    os << " + tape in progress " << tape << " + workspace "
       << std::max(r.tapedWorkspaceBytes, r.backwardWorkspaceBytes);
  return parts;
}

std::string bptt::planning::floorParts(const Problem &problem) {
  return describeParts(problem, smallestInProgressMode(problem));
}

llvm::Expected<int64_t>
bptt::planning::keptBytesForBudget(const Problem &problem, int64_t budgetBytes,
                                   int64_t inProgressMode) {
  int64_t least = peakBytes(problem, minKeptBytes(problem), inProgressMode);
  if (budgetBytes < least)
    return llvm::make_error<InfeasibleBudget>(
        budgetBytes, least, describeParts(problem, inProgressMode));
  return budgetBytes - fixedBytes(problem, inProgressMode);
}
