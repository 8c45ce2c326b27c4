//===- Options.h - What bptt-exec is asked for ------------------*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_EXEC_OPTIONS_H
#define BPTT_TOOLS_BPTT_EXEC_OPTIONS_H

#include "../shared/ExecutionOptions.h"

#include "bptt-c/cuda.h"

namespace bptt {

struct ExecOptions : ExecutionOptions {
  std::string library;
  /// As people write it; empty: the library's own.
  std::string budget;
  bool check = false;
  /// Another library whose results are compared with; empty: none.
  std::string against;
  double tolerance = 1e-5;
  bool describe = false;
  int device = 0;
  bool graph = false;
  int64_t graphLaunches = BPTT_CUDA_GRAPH_LAUNCHES;
};

/// Parses the command line; prints and exits where llvm::cl does. Fails on a
/// value that makes no sense.
llvm::Expected<ExecOptions> parseOptions(int argc, char **argv);

} // namespace bptt

#endif
