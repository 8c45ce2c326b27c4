//===- Options.h - What bptt-plan was asked ---------------------*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_PLAN_OPTIONS_H
#define BPTT_TOOLS_BPTT_PLAN_OPTIONS_H

#include "bptt/Planning/Policy.h"
#include "bptt/Planning/Problem.h"

#include <optional>

namespace bptt::planning {

enum class Format { Text, Json, Csv, Trace, Svg };

struct CurveRange {
  int64_t leastBytes;
  int64_t mostBytes;
  int64_t numPoints;
};

/// The command line, checked and in the planner's words.
struct Options {
  Problem problem;
  Policy policy = Policy::Optimal;
  bool policyIsGiven = false;
  bool isTotal = false; ///< budgets cover the reserves as well
  int64_t budgetBytes = 0;
  int64_t fullBytes = 0; ///< plain BPTT in the same accounting
  std::optional<CurveRange> curve;
  bool withActions = false;
  Format format = Format::Text;
  std::string outputFile;
};

/// Reads the command line. Fails for options that are malformed or contradict
/// each other; --help and unknown options end the program.
llvm::Expected<Options> parseOptions(int argc, char **argv);

} // namespace bptt::planning

#endif // BPTT_TOOLS_BPTT_PLAN_OPTIONS_H
