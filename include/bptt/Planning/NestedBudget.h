//===- NestedBudget.h - Recurrences inside steps, one peak ------*- C++ -*-===//
//
// A recurrence inside the step of another is undone within that step, and what
// it keeps is alive together with what the recurrences around it keep, but not
// with what the step's other recurrences do: those come before or after it.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_PLANNING_NESTEDBUDGET_H
#define BPTT_PLANNING_NESTEDBUDGET_H

#include "bptt/Planning/SharedBudget.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace bptt::planning {

/// A recurrence inside the steps of others, at one of the places where it
/// stands.
struct NestedPart {
  /// One inside its own steps, by number, which is less than its own.
  struct Child {
    size_t part;
    int64_t times; ///< it is undone whenever this part is undone once
  };

  /// Parts of the same recurrence have the same plan.
  size_t recurrence;
  /// What the program needs while this part is undone, and none of its
  /// children, beside its kept bytes and those of the parts around it.
  int64_t otherBytes = 0;
  std::vector<Child> children;
};

/// What is inside one of the outermost recurrences, or inside several that have
/// the same cells.
struct NestedGroup {
  std::vector<size_t> parts; ///< what is inside these comes with them
  int64_t times = 1;         ///< its workspace is there, beyond the least one
};

/// Of each recurrence kept bytes against the cost of undoing it once, without
/// what is inside its steps.
using NestedCurves = std::vector<std::vector<CostPoint>>;

/// One point of each recurrence's curve, by index, the peak with these, and
/// what they cost.
struct NestedWay {
  int64_t bytes;
  int64_t cost;
  std::vector<size_t> points;
};

/// What the function costs where recurrences inside have these points, and
/// those outside nothing to evaluate again.
using OutsideCost = llvm::function_ref<int64_t(llvm::ArrayRef<size_t> points)>;

/// The ways to give all recurrences their kept bytes that are worth having: for
/// every peak at which it makes a difference the cheapest one. Peaks rise and
/// costs fall. The peak is `leastBytes` and what each group needs beyond.
///
/// Of a single group without a recurrence that stands in several places, costs
/// are those of undoing each of its outermost parts once, which decide what is
/// best whatever these cost outside.
///
/// No other way is better, up to some thousands of points, or hundreds where a
/// recurrence stands in several places; beyond, they are thinned out evenly.
std::vector<NestedWay> nestedWays(const NestedCurves &curves,
                                  llvm::ArrayRef<NestedPart> parts,
                                  llvm::ArrayRef<NestedGroup> groups,
                                  int64_t leastBytes, OutsideCost getCost);

/// The peak with these points.
int64_t nestedPeak(const NestedCurves &curves, llvm::ArrayRef<NestedPart> parts,
                   llvm::ArrayRef<NestedGroup> groups, int64_t leastBytes,
                   llvm::ArrayRef<size_t> points);

/// The index of the cheapest of `numWays` ways that costs less than `limit`, if
/// any does. No way from `first` to `last` costs less than
/// `lowerBound(first, last)`, INT64_MAX if none of them fits; `costOf` tells
/// what one costs, and is asked for as few as these bounds allow; nothing stops
/// the search.
std::optional<size_t>
cheapestWay(size_t numWays, int64_t limit,
            llvm::function_ref<int64_t(size_t first, size_t last)> lowerBound,
            llvm::function_ref<std::optional<int64_t>(size_t way)> costOf);

} // namespace bptt::planning

#endif // BPTT_PLANNING_NESTEDBUDGET_H
