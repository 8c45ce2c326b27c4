//===- HostTarget.h - LLVM's optimiser for the host CPU ---------*- C++ -*-===//

#ifndef BPTT_CONVERSION_HOSTTARGET_H
#define BPTT_CONVERSION_HOSTTARGET_H

#include "llvm/Support/Error.h"

#include <functional>
#include <memory>
#include <string>

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace bptt {

/// A target machine at -O3 for `processor`, as LLVM names it, or where that is
/// empty for the one that this runs on, with all of its features. Fails on an
/// unknown one. Multiplications and additions are fused only where the program
/// says so (`FPOpFusion::Standard`), which keeps the bits of a step the same in
/// whichever function it is inlined. Initialises LLVM's native target. Code for
/// the JIT may lie anywhere in memory; `forJit = false` is for files.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createHostTargetMachine(llvm::StringRef processor = "", bool forJit = true);

/// The width of a target's vector registers, in bits.
int64_t getVectorBits(const llvm::TargetMachine &machine);

/// The features that code for `machine` may need beyond the architecture's
/// base, as LLVM names them, with commas between: `avx2,fma`.
std::string getNeededFeatures(const llvm::TargetMachine &machine);

/// The width of this processor's vector registers, in bits.
int64_t getHostVectorBits();

/// What mlir::ExecutionEngine takes as its transformer: sets the target's
/// triple, layout, processor and vector width on a module, verifies it and runs
/// LLVM's -O3 pipeline on it. `machine` must outlive the result.
std::function<llvm::Error(llvm::Module *)>
makeHostOptimizer(llvm::TargetMachine *machine);

} // namespace bptt

#endif
