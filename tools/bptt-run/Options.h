//===- Options.h - What bptt-run is asked for -------------------*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_RUN_OPTIONS_H
#define BPTT_TOOLS_BPTT_RUN_OPTIONS_H

#include "bptt/Execution/Compiler.h"

#include <map>

namespace bptt {

/// What a run is compared with.
enum class Check { None, Plain, All };

/// What is written instead of run.
enum class Emit { Nothing, LLVMIR, Object, SharedLibrary };

struct RunOptions {
  std::string input;
  Emit emit = Emit::Nothing;
  std::string output;
  CompileOptions compile;
  uint64_t seed = 0;
  /// Extent of dynamic dimensions of random arguments; -1: not given.
  int64_t steps = -1;
  Check check = Check::None;
  unsigned repeat = 1;
  bool json = false;
  std::string profile;
  std::map<unsigned, std::string>
      arguments; // position to `file.npy` or `text:file`
  std::map<unsigned, std::string> results; // position to `file.npy`
};

/// Parses the command line; prints and exits where llvm::cl does. Fails on a
/// value that makes no sense.
llvm::Expected<RunOptions> parseOptions(int argc, char **argv);

} // namespace bptt

#endif
