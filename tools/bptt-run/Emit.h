//===- Emit.h - bptt-run as a compiler --------------------------*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_RUN_EMIT_H
#define BPTT_TOOLS_BPTT_RUN_EMIT_H

#include "Options.h"

namespace llvm {
class SourceMgr;
} // namespace llvm

namespace bptt {

/// Writes what `options.emit` asks for. `sources` is the text that `module` was
/// parsed from, `tool` the name that this process was called by: libraries are
/// linked with the runtime in `../lib`, seen from there.
llvm::Error emitProgram(mlir::ModuleOp module, const llvm::SourceMgr &sources,
                        const RunOptions &options, const char *tool);

} // namespace bptt

#endif
