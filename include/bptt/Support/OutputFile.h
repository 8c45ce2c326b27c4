//===- OutputFile.h - Files that are complete or not there ------*- C++ -*-===//

#ifndef BPTT_SUPPORT_OUTPUTFILE_H
#define BPTT_SUPPORT_OUTPUTFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <string>
#include <vector>

namespace bptt {

/// Whether `path` names a regular file, or nothing yet: something that can be
/// replaced, and have other files beside it. Pipes, devices and `-`, the
/// standard output, are not.
bool isRegularOutput(llvm::StringRef path);

/// A file being written. A regular one is written aside and takes its name,
/// through symbolic links, when it is kept; without that nothing is left of it.
/// Anything else stays what it is, and is written straight into.
class OutputFile {
public:
  /// Fails, naming `path`, where nothing can be written.
  static llvm::Expected<OutputFile> open(llvm::StringRef path,
                                         bool isExecutable = false);
  OutputFile(OutputFile &&);
  ~OutputFile();

  llvm::raw_ostream &os();
  /// The regular file that will be there, without links; empty for others.
  llvm::StringRef target() const;

  /// Fails, naming the file, if not everything could be written.
  llvm::Error flush();
  /// The last thing to do, after `flush`.
  llvm::Error keep();

private:
  struct Impl;
  explicit OutputFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// Files that are kept together or not at all.
class OutputFiles {
public:
  /// The stream is valid as long as this is. Fails also on a regular file that
  /// is open here already.
  llvm::Expected<llvm::raw_ostream *> open(llvm::StringRef path,
                                           bool isExecutable = false);
  llvm::Error keep();

private:
  std::vector<OutputFile> files;
};

} // namespace bptt

#endif
