//===- Hull.h - A lower bound for any length --------------------*- C++ -*-===//
//
// Whatever the slopes p that are looked at, the conjugates of Conjugates.h say
//
//   F(t, m) >= max over p of  p t - F*(p, m),
//
// the convex hull of F where all p are, and likewise
//
//   A*(p, m) = max{ p - b of the mode in progress,
//                   p - b_k + F*(p, m-E_k),
//                   F*(p, m) + A*(p-a, m) }
//
// of A. Of all this, only A depends on the budget.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_PLANNING_HULL_H
#define BPTT_LIB_PLANNING_HULL_H

#include "Conjugates.h"

namespace bptt::planning {

/// Slopes for each multiple of a.
constexpr int64_t kMaxParts = 64;

/// Bounds within one budget.
class Hull {
public:
  /// The last of the hulls below.
  static std::shared_ptr<const Hull>
  make(const Scaled &scaled, int64_t maxEntries, int64_t maxParts = kMaxParts);

  /// Lower bound on the cost of a run, times `fraction`; kInfeasible where
  /// there is no plan.
  int64_t bound(const Run &run) const { return boundsLike(run)(run.numSteps); }

  /// The bounds of runs of all lengths that are as `run` otherwise.
  class Bounds {
  public:
    int64_t operator()(int64_t numSteps);

  private:
    friend class Hull;
    const Hull *hull;
    int64_t row;       ///< -1 for A*
    bool isFeasible;   ///< if longer than a step
    int64_t level = 0; ///< of the last answer
  };
  Bounds boundsLike(const Run &run) const;

  /// Lower bound on the recomputation cost of the whole problem.
  int64_t wholeBound() const;

  int64_t fraction() const { return conjugates->fraction(); }

  static constexpr int64_t kInfeasible = Conjugates::kInfeasible;

private:
  friend class Hulls;
  Hull(std::shared_ptr<const Conjugates> conjugates, int64_t allowance);

  /// Follows `conjugates` to one more slope.
  void addLevel();
  /// The conjugate of the whole problem.
  int64_t wholeAt(int64_t level) const {
    return whole.initialIsHeld ? heldLevels[level]
                               : conjugates->at(level, wholeRow);
  }

  std::shared_ptr<const Conjugates> conjugates;
  Run whole;
  int64_t wholeRow;
  std::vector<int64_t> tapeRows;   ///< beside each tape, -1 where none fits
  std::vector<int64_t> heldLevels; ///< A* at the whole allowance
};

/// Hulls of one problem within several budgets.
class Hulls {
public:
  /// Hulls within `leastAllowance` to `scaled.allowance`, at as many slopes as
  /// `maxEntries` values allow, `maxParts` for each multiple of a at most, up
  /// to a little beyond the slope that the whole problem needs. Null where the
  /// values do not fit 64 bits.
  static std::unique_ptr<const Hulls> make(const Scaled &scaled,
                                           std::shared_ptr<const Sums> sums,
                                           int64_t leastAllowance,
                                           int64_t maxEntries,
                                           int64_t maxParts = kMaxParts);

  std::shared_ptr<const Hull> within(int64_t allowance) const;

private:
  explicit Hulls(std::shared_ptr<const Conjugates> conjugates)
      : conjugates(std::move(conjugates)) {}

  /// The slopes that the whole problem needs within `allowance`; false where
  /// they are too many.
  static bool addLevels(const std::shared_ptr<Conjugates> &conjugates,
                        int64_t allowance, int64_t maxEntries);

  std::shared_ptr<const Conjugates> conjugates;
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_HULL_H
