//===- Compiler.h - From a module to a program ------------------*- C++ -*-===//

#ifndef BPTT_EXECUTION_COMPILER_H
#define BPTT_EXECUTION_COMPILER_H

#include "bptt/Conversion/LowerToNVVM.h"
#include "bptt/Execution/Program.h"
#include "bptt/Planning/SharedBudget.h"

#include "mlir/IR/BuiltinOps.h"

namespace bptt {

/// A function and the positions of the arguments it is differentiated by.
struct Target {
  std::string function;
  llvm::SmallVector<int64_t> wrt;
};

/// Completes what the user left open: no name is the only public function, no
/// positions are the arguments marked `bptt.wrt`, else all of floating-point
/// type. Fails on a name that does not exist; what cannot be differentiated by
/// a position is for `--bptt-differentiate` to say.
llvm::Expected<Target> resolveTarget(mlir::ModuleOp module, Target target);

/// What a program is written for.
enum class Platform { CPU, NVPTX };

struct CompileOptions {
  Target target;
  /// Value and gradient, or the value alone.
  bool gradient = true;
  /// Every float as f64.
  bool widen = false;
  /// Make stacked layers one recurrence first.
  bool fuseScans = true;
  /// The most ways in which a step can be taped.
  unsigned tapeModes = 3;
  /// Plain BPTT, without a plan: everything is kept, in order.
  bool plain = false;
  std::string budget = "max";
  std::string policy = "optimal";
  std::string costs;
  unsigned threads = 1;
  Platform platform = Platform::CPU;
  /// The processor that files are written for. Empty is this machine's, or the
  /// default of `--bptt-lower-to-nvvm`, whose formats are those of kernels.
  std::string chip;
  /// Form GPU kernels, and run them on this CPU, thread by thread: for tests.
  bool emulateGPU = false;
  std::string kernelFormat = "isa";
  /// Of programs for a GPU, emulated ones too.
  Products products = Products::Kernels;
  /// Of kernels, as for `--bptt-form-kernels`.
  std::string matmulPrecision = "f32";
  std::string getKernelChip() const { return chip.empty() ? "sm_90a" : chip; }
  /// Keep the final IR, for `Program::analyzePeak`.
  bool analyze = false;
  /// Have the cells of the second sweep timed.
  bool profile = false;
};

/// Compiles a clone of `module` for this machine. Diagnostics go to the
/// module's context; the message of the error is then empty.
llvm::Expected<Program> compile(mlir::ModuleOp module,
                                const CompileOptions &options);

/// What there is to plan in the gradient of `target`: its recurrences, with the
/// sizes and costs of their compiled cells, and the bytes beside the kept ones.
/// Tape modes, and plans of recurrences inside steps, are chosen for `budget`
/// and `policy`, as `CompileOptions` have them. `steps` is the extent of what
/// is known only at run time, -1 where it is not given. Errors are those of
/// `compile`, and if `steps` is missing or has no say.
struct MeasuredRecurrences {
  planning::SharedProblem shared;
  /// Whether there was something to choose: another budget may have other
  /// sizes.
  bool dependsOnBudget = false;
};
llvm::Expected<MeasuredRecurrences>
measureRecurrences(mlir::ModuleOp module, const Target &target,
                   const std::string &budget, const std::string &policy,
                   int64_t steps);

} // namespace bptt

#endif
