//===- Measurement.h - Sizes and costs of recurrences -----------*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_MEASUREMENT_H
#define BPTT_LIB_TRANSFORMS_MEASUREMENT_H

#include "NestedCosts.h"
#include "RecurrenceMemory.h"

#include "bptt/Planning/SharedBudget.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/SmallBitVector.h"

namespace bptt {

/// What a function's recurrences are in numbers.
struct MeasuredFunction {
  planning::SharedProblem shared;
  /// As `chooseTapeModes` takes them.
  std::vector<std::vector<int64_t>> scratchBytes;

  /// The problem with the first mode of every recurrence alone.
  planning::SharedProblem getFirstModes() const;
  /// Whether a length is known only at run time.
  bool isDynamic() const;
};

/// For each first sweep the tape modes to measure it with.
using ModeSets = llvm::SmallVector<llvm::SmallBitVector>;

/// For each nested recurrence, by number, its plan, or null for plain BPTT.
using NestedPlanAttrs = llvm::SmallVector<PlanAttr>;

/// Sizes and costs of a module's recurrences. Numbers, not guesses: a clone of
/// the module is bufferized, and its clones go on to where all bytes are known.
class Measurement {
public:
  /// Bufferizes. Diagnostics say why not.
  static mlir::FailureOr<Measurement> make(mlir::ModuleOp module);

  /// What the cells cost with plain BPTT inside them.
  const PlainWork &getPlainWork() const { return work; }

  /// The recurrences of `function`, and the bytes around their stacks, with
  /// `plans` inside their steps, which cost `costs`.
  mlir::FailureOr<MeasuredFunction>
  measure(llvm::StringRef function, llvm::ArrayRef<PlanAttr> plans,
          llvm::ArrayRef<llvm::SmallBitVector> modes,
          llvm::ArrayRef<RecurrenceCosts> costs) const;

  /// The sizes of the nested recurrence `number` with `plans` inside its steps.
  mlir::FailureOr<RecurrenceSizes>
  measureNested(llvm::StringRef function, unsigned number,
                llvm::ArrayRef<PlanAttr> plans) const;

private:
  /// A clone with these plans, and its function.
  mlir::OwningOpRef<mlir::ModuleOp> clone(llvm::StringRef function,
                                          llvm::ArrayRef<PlanAttr> plans) const;

  mlir::OwningOpRef<mlir::ModuleOp> bufferized;
  PlainWork work;
};

} // namespace bptt

#endif
