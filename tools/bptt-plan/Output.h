//===- Output.h - One plan or curve in the format asked for -----*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_PLAN_OUTPUT_H
#define BPTT_TOOLS_BPTT_PLAN_OUTPUT_H

#include "Options.h"

#include "bptt/Planning/Report/Report.h"

namespace bptt::planning {

llvm::Error writePlanAs(llvm::raw_ostream &os, const Plan &plan,
                        const Accounting &accounting, const Options &options);
/// `skipped` says why policies have no points, with a warning each; of one that
/// was asked for it is the error.
llvm::Error writeCurveAs(llvm::raw_ostream &os,
                         llvm::ArrayRef<CurvePoint> points,
                         llvm::ArrayRef<std::string> skipped,
                         const Options &options);

} // namespace bptt::planning

#endif // BPTT_TOOLS_BPTT_PLAN_OUTPUT_H
