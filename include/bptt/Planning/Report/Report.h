//===- Report.h - Plans and curves in words and pictures --------*- C++ -*-===//

#ifndef BPTT_PLANNING_REPORT_REPORT_H
#define BPTT_PLANNING_REPORT_REPORT_H

#include "bptt/Planning/Report/Curve.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace bptt::planning {

/// How a budget was given: in which accounting, and what "100 %" is in it.
struct Accounting {
  bool isTotal = false; ///< reserves included; otherwise kept bytes alone
  int64_t budgetBytes = 0;
  int64_t floorBytes = 0; ///< of the policy
  int64_t fullBytes = 0;  ///< of plain BPTT
};

void writeText(llvm::raw_ostream &os, const Plan &plan, const Accounting &,
               bool withActions);
void writeJson(llvm::raw_ostream &os, const Plan &plan, const Accounting &,
               bool withActions);
/// The same within an object that is open in `json`.
void writeJsonPlan(llvm::json::OStream &json, const Plan &plan,
                   const Accounting &, bool withActions);
/// The object for a budget that is below the floor.
void writeInfeasibleJson(llvm::raw_ostream &os, const Problem &problem,
                         Policy policy, const Accounting &);
/// One line of numbers under a line of names; with actions, a line for each
/// action instead.
void writeCsv(llvm::raw_ostream &os, const Plan &plan, const Accounting &,
              bool withActions);
/// The two lines apart.
void writeCsvNames(llvm::raw_ostream &os);
void writeCsvNumbers(llvm::raw_ostream &os, const Plan &plan,
                     const Accounting &);
/// Chrome's trace event format (Perfetto reads it): a lane each for advances,
/// taped forwards and backwards, and a counter of kept bytes. A unit of cost is
/// a microsecond.
void writeTrace(llvm::raw_ostream &os, const Plan &plan);
/// Steps against cost, with the kept bytes below. Fails for plans that would
/// make a picture of more than `kMaxSvgActions` strokes.
llvm::Error writeSvg(llvm::raw_ostream &os, const Plan &plan);
inline constexpr int64_t kMaxSvgActions = 200000;

void writeCurveCsv(llvm::raw_ostream &os, llvm::ArrayRef<CurvePoint> points);
void writeCurveJson(llvm::raw_ostream &os, llvm::ArrayRef<CurvePoint> points);
/// A plot for a terminal, budgets on a logarithmic scale.
void writeCurveText(llvm::raw_ostream &os, llvm::ArrayRef<CurvePoint> points);
void writeCurveSvg(llvm::raw_ostream &os, llvm::ArrayRef<CurvePoint> points);

} // namespace bptt::planning

#endif // BPTT_PLANNING_REPORT_REPORT_H
