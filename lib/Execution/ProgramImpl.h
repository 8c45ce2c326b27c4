//===- ProgramImpl.h - What a program is made of ----------------*- C++ -*-===//

#ifndef BPTT_LIB_EXECUTION_PROGRAMIMPL_H
#define BPTT_LIB_EXECUTION_PROGRAMIMPL_H

#include "Instrument.h"

#include "bptt/Arrays/Arena.h"
#include "bptt/Execution/Program.h"
#include "bptt/Runtime/ProgramPlan.h"

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Target/TargetMachine.h"

#include <array>

namespace bptt {

/// The functions that advance, tape and undo a step; the first of each that is
/// called at all tells the cost.
using StepCells = std::array<std::vector<std::string>, 3>;

struct Program::Impl {
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<mlir::ExecutionEngine> engine;
  int64_t *evaluations = nullptr;
  std::string name;
  /// Before it was lowered, if it is to be analysed.
  mlir::OwningOpRef<mlir::ModuleOp> finalIR;
  std::vector<ArrayType> arguments, results;
  /// For each result the argument that it is the gradient of, or -1: it has
  /// that argument's shape.
  std::vector<int64_t> gradientOf;

  /// The recurrences of a gradient; a `numSteps` is -1 until it is known, and
  /// so is `otherBytes`, where `NAME_workspace_bytes` tells it.
  planning::SharedProblem shared;
  /// One for each, and for each step of a chain.
  std::vector<StepCells> cells;
  CellTimers timers;
  planning::Policy policy = planning::Policy::Optimal;
  planning::Budget budget;
  bool plain = false;

  // Made by `prepare`.
  ProgramPlan program;
  std::vector<int64_t> plainStackBytes;
  Arena arena;
  Sizes sizes;

  /// `shared`, with what the program tells of arguments of these types.
  llvm::Expected<planning::SharedProblem>
  resolve(llvm::ArrayRef<ArrayType> given);
  llvm::Error prepare(llvm::ArrayRef<const Array *> given);
  int64_t layOutPlainStacks();
  llvm::Expected<int64_t> callForNumber(const llvm::Twine &function,
                                        size_t numArguments,
                                        llvm::ArrayRef<ArrayType> given);
};

} // namespace bptt

#endif
