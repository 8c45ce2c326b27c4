//===- CostModel.h - What evaluating a cell costs ---------------*- C++ -*-===//
//
// Two sources of costs for the planner, in one unit, nanoseconds: a static
// estimate from floating-point operations and bytes, and a file of measured
// costs.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_TRANSFORMS_COSTMODEL_H
#define BPTT_TRANSFORMS_COSTMODEL_H

#include "bptt/Planning/Problem.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace mlir::func {
class FuncOp;
} // namespace mlir::func

namespace bptt {

/// Floating-point operations and bytes read and written by one call of a
/// function, every linalg operation on its own, as often as loops and calls
/// repeat it: a transcendental counts 10, everything else on floats 1.
struct CellWork {
  int64_t flops = 0;
  int64_t bytes = 0;

  /// On a nominal machine: 50 flops and 20 bytes a nanosecond. At least 1.
  int64_t getNanoseconds() const;
};
CellWork estimateWork(mlir::func::FuncOp function);

/// Reads `{"unit": "ns", "recurrences": [{"advance": 12, "taped": 13,
/// "backward": 25}, ...]}`, one entry for each recurrence of the function in
/// program order. Fails, naming the file, if it is anything else.
llvm::Expected<llvm::SmallVector<planning::StepCosts>>
readCosts(llvm::StringRef path);

/// Writes what `readCosts` reads. The file is complete or not there.
llvm::Error writeCosts(llvm::StringRef path,
                       llvm::ArrayRef<planning::StepCosts> costs);

} // namespace bptt

#endif
