//===- Options.h - What bptt-run is asked for -------------------*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_RUN_OPTIONS_H
#define BPTT_TOOLS_BPTT_RUN_OPTIONS_H

#include "../shared/ExecutionOptions.h"

#include "bptt/Execution/Compiler.h"

namespace bptt {

/// What a run is compared with.
enum class Check { None, Plain, All };

/// What is written instead of run.
enum class Emit { Nothing, LLVMIR, Object, SharedLibrary, PTX, Cubin };

struct RunOptions : ExecutionOptions {
  std::string input;
  Emit emit = Emit::Nothing;
  std::string output;
  CompileOptions compile;
  Check check = Check::None;
  std::string profile;
  /// The flag that was given although only what has a plan needs it, and no
  /// gradient is taken here; empty: none.
  std::string needsPlan;
};

/// Parses the command line; prints and exits where llvm::cl does. Fails on a
/// value that makes no sense.
llvm::Expected<RunOptions> parseOptions(int argc, char **argv);

} // namespace bptt

#endif
