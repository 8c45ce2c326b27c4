//===- Output.h - One plan or curve in the format asked for -----*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_PLAN_OUTPUT_H
#define BPTT_TOOLS_BPTT_PLAN_OUTPUT_H

#include "Options.h"

#include "bptt/Planning/Report/Report.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace bptt::planning {

llvm::Error writePlanAs(llvm::raw_ostream &os, const Plan &plan,
                        const Accounting &accounting, const Options &options);
/// Hands `write` the standard output for "-", the file itself where it is no
/// regular one (a device, a pipe), or else a file aside that takes the place of
/// `fileName` when all is written: a failure leaves no partial file. Fails as
/// `write` does, and where not everything could be written.
llvm::Error
writeOutput(llvm::StringRef fileName,
            llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write);
void writeCurveAs(llvm::raw_ostream &os, llvm::ArrayRef<CurvePoint> points,
                  Format format);

} // namespace bptt::planning

#endif // BPTT_TOOLS_BPTT_PLAN_OUTPUT_H
