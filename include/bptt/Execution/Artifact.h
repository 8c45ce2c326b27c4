//===- Artifact.h - Programs as files ---------------------------*- C++ -*-===//

#ifndef BPTT_EXECUTION_ARTIFACT_H
#define BPTT_EXECUTION_ARTIFACT_H

#include "bptt/Execution/Compiler.h"

namespace bptt {

enum class ArtifactKind { LLVMIR, Object, SharedLibrary };

struct ArtifactOptions {
  ArtifactKind kind = ArtifactKind::SharedLibrary;
  std::string path;
  /// Names of the function's arguments in C; where there are none, `arg0`, ...
  std::vector<std::string> argumentNames;
  /// The file of libbptt_runtime that a shared library is linked with.
  std::string runtimeLibrary;
};

/// Compiles a clone of `module` and writes it to `path`, with the C header that
/// declares its functions (`path`'s name ending in `.h`) next to it. Lengths
/// and budget are chosen when the program runs; `options.budget` is what it
/// takes when asked for none. Files are complete or not there. A shared library
/// is linked by the system's C compiler.
llvm::Error emitArtifact(mlir::ModuleOp module, const CompileOptions &options,
                         const ArtifactOptions &artifact);

} // namespace bptt

#endif
