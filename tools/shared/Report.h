//===- Report.h - What bptt-run and bptt-exec say ---------------*- C++ -*-===//

#ifndef BPTT_TOOLS_SHARED_REPORT_H
#define BPTT_TOOLS_SHARED_REPORT_H

#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>
#include <vector>

namespace bptt {

/// A device, and what its free memory fell by, in bytes, at each stage.
struct DeviceReport {
  std::string name;
  int64_t arrays = 0;    ///< arguments and results
  int64_t workspace = 0; ///< and the guard behind it
  int64_t kernels = 0;   ///< the driver's, at the first run
  int64_t graphs = 0;    ///< the driver's, for recorded runs
  int64_t runs = 0;      ///< by all that ran after these
  /// Of the recorded runs: launches, and the graphs that hold them.
  int64_t graphLaunches = 0, graphCount = 0;
};

/// Everything that was planned and measured; what was not asked for is absent.
struct Report {
  std::string function, policy;
  int64_t steps = 0;
  int64_t recurrences = 0;
  int64_t budgetBytes = 0, floorBytes = 0, fullBytes = 0;
  int64_t plannedPeakBytes = 0, measuredPeakBytes = 0;
  std::optional<int64_t> analyzedPeakBytes;
  int64_t tableBytes = 0;
  int64_t plannedForwardEvaluations = 0;
  std::optional<int64_t> forwardEvaluations;
  std::optional<int64_t> allocations;
  std::string exactness;
  double plannedTimeRatio = 1;
  double value = 0;
  double seconds = 0;
  std::optional<double> compileSeconds;
  std::optional<double> fullSeconds;
  std::optional<bool> gradientBitIdentical;
  std::optional<double> gradientMaxRelativeDifference;
  /// From run to run, and where runs were replayed also without.
  std::optional<bool> runsBitIdentical;
  std::optional<double> finiteDifferenceMaxRelativeError;
  std::optional<double> gradientF64RelativeDifference;
  /// From another library's results, largest over the results.
  std::optional<double> againstMaxRelativeDifference;
  std::optional<DeviceReport> device;
  /// Checks that failed, in words.
  std::vector<std::string> failures;

  void printText(llvm::raw_ostream &os) const;
  void printJson(llvm::raw_ostream &os) const;
};

} // namespace bptt

#endif
