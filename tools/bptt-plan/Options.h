//===- Options.h - What bptt-plan was asked ---------------------*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_PLAN_OPTIONS_H
#define BPTT_TOOLS_BPTT_PLAN_OPTIONS_H

#include "bptt/Planning/Budget.h"
#include "bptt/Planning/Policy.h"
#include "bptt/Planning/Problem.h"

#include <optional>
#include <string>
#include <vector>

namespace bptt::planning {

enum class Format { Text, Json, Csv, Trace, Svg };

struct CurveRange {
  Budget least, most;
  int64_t numPoints;
  int64_t leastBytes = 0, mostBytes = 0; ///< by `resolveBudgets`
};

/// The command line, checked and in the planner's words.
struct Options {
  Problem problem;
  Policy policy = Policy::Optimal;
  bool policyIsGiven = false;
  bool isTotal = false; ///< budgets cover the reserves as well
  Budget budget;
  int64_t budgetBytes = 0; ///< by `resolveBudgets`
  int64_t fullBytes = 0;   ///< plain BPTT in the same accounting; likewise
  std::optional<CurveRange> curve;
  bool withActions = false;
  Format format = Format::Text;
  std::string outputFile;
  /// Where not empty, a program to plan in place of `problem`: the gradient of
  /// `function` (empty: the only public one) by the arguments `wrt` (none: the
  /// default ones).
  std::string modelFile;
  std::string function;
  std::vector<int64_t> wrt;
  /// Extent of what the program leaves open; -1: not given.
  int64_t modelSteps = -1;
  /// Where not empty, a chart to draw, and nothing of the above is set.
  std::string chartFile;
};

/// Reads the command line. Fails for options that are malformed or contradict
/// each other; --help and unknown options end the program.
llvm::Expected<Options> parseOptions(int argc, char **argv);

/// Says what the budgets amount to where plain BPTT takes `fullBytes`. Done by
/// `parseOptions` unless there is a model. Fails for an empty range.
llvm::Error resolveBudgets(Options &options, int64_t fullBytes);

} // namespace bptt::planning

#endif // BPTT_TOOLS_BPTT_PLAN_OPTIONS_H
