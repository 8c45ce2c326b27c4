//===- ArtifactImpl.h - What an artifact is made of -------------*- C++ -*-===//

#ifndef BPTT_LIB_EXECUTION_ARTIFACTIMPL_H
#define BPTT_LIB_EXECUTION_ARTIFACTIMPL_H

#include "ProgramImpl.h"

#include "bptt-c/program.h"
#include "bptt/Execution/Artifact.h"

namespace bptt {

/// A program's interface in C, from which its header and its glue are made.
struct Interface {
  /// An argument, or a result: a value or a gradient.
  struct Array {
    std::string name;
    ArrayType type;
    int64_t gradientOf = -1;
  };
  /// The prefix of its functions.
  std::string name;
  std::vector<Array> arguments, results;
  /// One parameter for each extent that is known at run time: `xs_extent0`.
  std::vector<std::string> extents;
  /// Of the processor and what code for it may need, and of budget and policy
  /// as the planner reads them.
  std::string chip, features, budget, policy;
  unsigned threads = 1;
  bool isForGPU = false;
};

/// Fails if the program's name is no identifier in C.
llvm::Expected<Interface> makeInterface(const Program::Impl &program,
                                        llvm::ArrayRef<std::string> names);

/// The text of the header.
std::string writeHeader(const Interface &interface);

/// Adds to the LLVM module of a program its description (bptt-c/program.h) and
/// the functions that the header declares; everything else becomes internal.
void addGlue(llvm::Module &module, const Interface &interface,
             const Program::Impl &program);

/// Links an object file and libraries of `folder` into the shared library
/// `output` with the system's C compiler. The dynamic linker is to know it by
/// `name`, unless that is empty.
llvm::Error linkSharedLibrary(llvm::StringRef object, llvm::StringRef output,
                              llvm::StringRef name, llvm::StringRef folder,
                              llvm::ArrayRef<llvm::StringRef> libraries);

/// Writes what the options ask for of a module in the LLVM dialect.
llvm::Error writeArtifact(mlir::ModuleOp module, const Program::Impl &program,
                          const CompileOptions &options,
                          const ArtifactOptions &artifact);

} // namespace bptt

#endif
