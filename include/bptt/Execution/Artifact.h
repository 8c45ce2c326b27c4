//===- Artifact.h - Programs as files ---------------------------*- C++ -*-===//

#ifndef BPTT_EXECUTION_ARTIFACT_H
#define BPTT_EXECUTION_ARTIFACT_H

#include "bptt/Execution/Compiler.h"

namespace bptt {

/// Kernels alone are of one of the formats of `--bptt-lower-to-nvvm`; the other
/// kinds contain them.
enum class ArtifactKind { LLVMIR, Object, SharedLibrary, Kernels };

struct ArtifactOptions {
  ArtifactKind kind = ArtifactKind::SharedLibrary;
  std::string path;
  /// Names of the function's arguments in C; where there are none, `arg0`, ...
  std::vector<std::string> argumentNames;
  /// The folder of the runtime libraries that a shared library is linked with.
  std::string runtimeFolder;
};

/// Compiles a clone of `module` and writes it to `path`, with the C header that
/// declares its functions (`path`'s name ending in `.h`) next to it. Lengths
/// and budget are chosen when the program runs; `options.budget` is what it
/// takes when asked for none. Kernels alone come without a header, and so does
/// what goes into a pipe, a device or `-`, the standard output. Regular files
/// are complete or not there. A shared library is linked by the system's C
/// compiler.
llvm::Error emitArtifact(mlir::ModuleOp module, const CompileOptions &options,
                         const ArtifactOptions &artifact);

} // namespace bptt

#endif
