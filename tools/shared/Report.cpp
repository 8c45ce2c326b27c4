//===- Report.cpp - What bptt-run and bptt-exec say -----------------------===//

#include "Report.h"

#include "bptt/Planning/Budget.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using namespace bptt;
using planning::formatBytes;

void Report::printText(llvm::raw_ostream &os) const {
  os << '@' << function << ": ";
  if (recurrences > 0)
    os << steps << " steps, ";
  os << llvm::formatv("value {0:e6}\n", value);
  os << "memory       planned " << formatBytes(plannedPeakBytes);
  if (analyzedPeakBytes)
    os << ", by the final IR " << formatBytes(*analyzedPeakBytes);
  os << llvm::formatv(", measured {0}; budget {1}, floor {2}, plain BPTT {3}\n",
                      formatBytes(measuredPeakBytes), formatBytes(budgetBytes),
                      formatBytes(floorBytes), formatBytes(fullBytes));
  if (recurrences > 0) {
    os << "evaluations  planned " << plannedForwardEvaluations;
    if (forwardEvaluations)
      os << ", measured " << *forwardEvaluations;
    double perStep = steps > 0 ? double(steps) : 1;
    os << llvm::formatv(": {0:f2} a step ({1}, {2})\n",
                        forwardEvaluations.value_or(plannedForwardEvaluations) /
                            perStep,
                        policy, exactness);
  }
  os << llvm::formatv("time         {0:f4} s", seconds);
  if (fullSeconds)
    os << llvm::formatv(", {0:f3} times plain BPTT (planned {1:f3})",
                        seconds / *fullSeconds, plannedTimeRatio);
  if (compileSeconds)
    os << llvm::formatv("; compiled in {0:f2} s", *compileSeconds);
  os << '\n';
  if (gradientBitIdentical)
    os << "gradient     "
       << (*gradientBitIdentical
               ? "bit-identical to plain BPTT's"
               : llvm::formatv("differs from plain BPTT's by {0:e2}",
                               *gradientMaxRelativeDifference)
                     .str());
  if (finiteDifferenceMaxRelativeError)
    os << llvm::formatv(
        "; finite differences in f64 agree to {0:e2}, f64 gradient to {1:e2}",
        *finiteDifferenceMaxRelativeError, *gradientF64RelativeDifference);
  if (gradientBitIdentical)
    os << '\n';
  if (runsBitIdentical)
    os << "runs         "
       << (*runsBitIdentical ? "bit-identical to each other\n"
                             : "differ from each other\n");
  if (device) {
    os << "device       " << device->name << ": arrays "
       << formatBytes(device->arrays) << ", workspace "
       << formatBytes(device->workspace) << ", kernels "
       << formatBytes(device->kernels) << ", graphs "
       << formatBytes(device->graphs) << ", runs " << formatBytes(device->runs)
       << '\n';
    if (device->graphCount > 0)
      os << "graphs       " << device->graphLaunches << " launches in "
         << device->graphCount << '\n';
  }
  if (againstMaxRelativeDifference)
    os << llvm::formatv("against      the other library: {0:e2}\n",
                        *againstMaxRelativeDifference);
}

void Report::printJson(llvm::raw_ostream &os) const {
  llvm::json::OStream json(os, 2);
  // JSON has no infinities, nor what is not a number.
  auto number = [&](llvm::StringRef key, auto value) {
    if (std::isfinite(double(value)))
      json.attribute(key, value);
    else
      json.attribute(key, nullptr);
  };
  auto optional = [&](llvm::StringRef key, auto value) {
    if (value)
      number(key, *value);
    else
      json.attribute(key, nullptr);
  };
  json.object([&] {
    json.attribute("function", function);
    json.attribute("steps", steps);
    json.attribute("recurrences", recurrences);
    json.attribute("policy", policy);
    json.attribute("exact", exactness);
    json.attribute("budget_bytes", budgetBytes);
    json.attribute("floor_bytes", floorBytes);
    json.attribute("full_bytes", fullBytes);
    json.attribute("planned_peak_bytes", plannedPeakBytes);
    json.attribute("measured_peak_bytes", measuredPeakBytes);
    optional("analyzed_peak_bytes", analyzedPeakBytes);
    json.attribute("table_bytes", tableBytes);
    optional("allocations_in_sweep", allocations);
    json.attribute("planned_forward_evaluations", plannedForwardEvaluations);
    optional("forward_evaluations", forwardEvaluations);
    json.attribute("planned_time_ratio", plannedTimeRatio);
    number("value", value);
    optional("compile_seconds", compileSeconds);
    json.attribute("seconds", seconds);
    optional("full_seconds", fullSeconds);
    optional("gradient_bit_identical", gradientBitIdentical);
    optional("gradient_max_relative_difference", gradientMaxRelativeDifference);
    if (runsBitIdentical)
      json.attribute("runs_bit_identical", *runsBitIdentical);
    optional("finite_difference_max_relative_error",
             finiteDifferenceMaxRelativeError);
    optional("gradient_f64_relative_difference", gradientF64RelativeDifference);
    if (device) {
      json.attribute("device", device->name);
      json.attributeObject("device_memory_bytes", [&] {
        json.attribute("arrays", device->arrays);
        json.attribute("workspace", device->workspace);
        json.attribute("kernels", device->kernels);
        json.attribute("graphs", device->graphs);
        json.attribute("runs", device->runs);
      });
      json.attribute("graph_launches", device->graphLaunches);
      json.attribute("graph_count", device->graphCount);
    }
    if (againstMaxRelativeDifference)
      number("against_max_relative_difference", *againstMaxRelativeDifference);
    json.attributeArray("failures", [&] {
      for (const std::string &failure : failures)
        json.value(failure);
    });
  });
  os << '\n';
}
