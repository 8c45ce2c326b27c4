//===- ExecutionOptions.h - What tools that run are asked for ---*- C++ -*-===//

#ifndef BPTT_TOOLS_SHARED_EXECUTIONOPTIONS_H
#define BPTT_TOOLS_SHARED_EXECUTIONOPTIONS_H

#include "bptt/Arrays/Arguments.h"

#include "llvm/Support/CommandLine.h"

namespace bptt {

/// On which arguments, how often, and where the results go.
struct ExecutionOptions {
  ArgumentSources arguments;
  FileAssignments results;
  unsigned repeat = 1;
  bool json = false;
};

/// The part of a command line that says so. Made after the parser is reset:
/// LLVM's own options, of which some have the same names, are gone then.
class ExecutionFlags {
public:
  explicit ExecutionFlags(llvm::cl::OptionCategory &category);

  /// Fails on a value that makes no sense.
  llvm::Expected<ExecutionOptions> get();

  /// The first flag but the format that was given, or null. For tools that
  /// also have something to do where nothing runs.
  const llvm::cl::Option *findGiven() const;

  const llvm::cl::Option &getFormat() const { return format; }

private:
  enum class Format { Text, Json };

  llvm::cl::opt<uint64_t> seed;
  llvm::cl::opt<int64_t> steps;
  llvm::cl::list<std::string> arguments, results;
  llvm::cl::opt<unsigned> repeat;
  llvm::cl::opt<Format> format;
};

} // namespace bptt

#endif
