//===- Arguments.h - Where the arguments of a run come from -----*- C++ -*-===//

#ifndef BPTT_ARRAYS_ARGUMENTS_H
#define BPTT_ARRAYS_ARGUMENTS_H

#include "bptt/Arrays/Array.h"
#include "bptt/Support/OutputFile.h"

#include <map>
#include <vector>

namespace bptt {

/// Files by position, as `--arg` and `--result` name them.
using FileAssignments = std::map<unsigned, std::string>;

/// Parses `N=file`, once for each N. Fails naming `option`.
llvm::Expected<FileAssignments>
parseAssignments(llvm::StringRef option,
                 const std::vector<std::string> &assignments);

struct ArgumentSources {
  /// `file.npy`, or `text:file`.
  FileAssignments files;
  /// Of all others.
  uint64_t seed = 0;
  /// Extent of dynamic dimensions where no file tells; -1: not given.
  int64_t steps = -1;
};

/// Arguments of `types`: from files, else random, the same for the same seed
/// and position. Fails, naming the argument, where a file does not fit or an
/// extent is not known, and where `steps` has no say. `function` is whose
/// arguments they are.
llvm::Expected<std::vector<Array>>
makeArguments(llvm::StringRef function, llvm::ArrayRef<ArrayType> types,
              const ArgumentSources &sources);

/// Where results go, by position.
using ResultStreams = std::map<unsigned, llvm::raw_ostream *>;

/// Opens what `files` names, before there are results. Fails if there will be
/// no such result, or a file cannot be written or is named twice.
llvm::Expected<ResultStreams> openResults(const FileAssignments &files,
                                          size_t numResults,
                                          OutputFiles &outputs);

void writeResults(llvm::ArrayRef<Array> results, const ResultStreams &streams);

} // namespace bptt

#endif
