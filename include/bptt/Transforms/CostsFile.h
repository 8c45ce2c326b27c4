//===- CostsFile.h - Measured costs of cells --------------------*- C++ -*-===//

#ifndef BPTT_TRANSFORMS_COSTSFILE_H
#define BPTT_TRANSFORMS_COSTSFILE_H

#include "bptt/Planning/Problem.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace bptt {

/// Reads `{"unit": "ns", "recurrences": [{"advance": 12, "taped": 13,
/// "backward": 25}, ...]}`, one entry for each recurrence of the function in
/// program order. Fails, naming the file, if it is anything else.
llvm::Expected<llvm::SmallVector<planning::StepCosts>>
readCosts(llvm::StringRef path);

/// Writes what `readCosts` reads.
void writeCosts(llvm::raw_ostream &os,
                llvm::ArrayRef<planning::StepCosts> costs);

} // namespace bptt

#endif
