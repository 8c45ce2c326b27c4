//===- Emit.cpp - bptt-run as a compiler ----------------------------------===//

#include "Emit.h"

#include "bptt/Execution/Artifact.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace bptt;

/// The names that the text gives to a function's arguments; none for bytecode.
/// Parsing does not keep them, so the text is read once more.
static std::vector<std::string>
readArgumentNames(const llvm::SourceMgr &sources, llvm::StringRef function,
                  mlir::MLIRContext *context) {
  llvm::MemoryBufferRef buffer =
      *sources.getMemoryBuffer(sources.getMainFileID());
  std::vector<std::string> names;
  if (mlir::isBytecode(buffer))
    return names;
  mlir::AsmParserState state;
  mlir::Block block;
  if (failed(mlir::parseAsmSourceFile(sources, &block,
                                      mlir::ParserConfig(context), &state)))
    return names;
  mlir::func::FuncOp found;
  block.walk([&](mlir::func::FuncOp each) {
    if (each.getName() == function)
      found = each;
  });
  if (!found || found.isExternal())
    return names;
  if (auto *definition = state.getBlockDef(&found.getBody().front()))
    for (const auto &argument : definition->arguments) {
      const char *begin = argument.loc.Start.getPointer();
      llvm::StringRef name(begin, argument.loc.End.getPointer() - begin);
      name.consume_front("%");
      names.push_back(name.str());
    }
  return names;
}

static ArtifactKind getKind(Emit emit) {
  switch (emit) {
  case Emit::LLVMIR:
    return ArtifactKind::LLVMIR;
  case Emit::Object:
    return ArtifactKind::Object;
  case Emit::SharedLibrary:
    return ArtifactKind::SharedLibrary;
  case Emit::PTX:
  case Emit::Cubin:
    return ArtifactKind::Kernels;
  case Emit::Nothing:
    break;
  }
  llvm_unreachable("nothing to emit");
}

llvm::Error bptt::emitProgram(mlir::ModuleOp module,
                              const llvm::SourceMgr &sources,
                              const RunOptions &options, const char *tool) {
  CompileOptions compileOptions = options.compile;
  auto target = resolveTarget(module, compileOptions.target);
  if (!target)
    return target.takeError();
  compileOptions.target = *target;

  llvm::SmallString<128> folder(llvm::sys::fs::getMainExecutable(
      tool, reinterpret_cast<void *>(&emitProgram)));
  llvm::sys::path::remove_filename(folder);
  llvm::sys::path::append(folder, "..", "lib");
  llvm::sys::path::remove_dots(folder, /*remove_dot_dot=*/true);

  ArtifactOptions artifact;
  artifact.kind = getKind(options.emit);
  artifact.path = options.output;
  artifact.runtimeFolder = folder.str();
  artifact.argumentNames = readArgumentNames(
      sources, compileOptions.target.function, module.getContext());
  return emitArtifact(module, compileOptions, artifact);
}
