//===- Artifact.cpp - Programs as files -----------------------------------===//

#include "ArtifactImpl.h"

#include "bptt/Conversion/HostTarget.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"

using namespace bptt;

static llvm::Error emitObject(llvm::Module &module,
                              llvm::TargetMachine &machine,
                              llvm::raw_ostream &os) {
  llvm::SmallVector<char> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager pm;
  if (machine.addPassesToEmitFile(pm, stream, nullptr,
                                  llvm::CodeGenFileType::ObjectFile))
    return llvm::createStringError(
        "LLVM cannot write object files for this processor");
  pm.run(module);
  os << stream.str();
  return llvm::Error::success();
}

/// Where there is nothing to link, the file is what the module becomes.
static llvm::Error writeModule(llvm::Module &module,
                               llvm::TargetMachine &machine, bool isObject,
                               llvm::StringRef path) {
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &os) -> llvm::Error {
    if (isObject)
      return emitObject(module, machine, os);
    module.print(os, nullptr);
    return llvm::Error::success();
  });
}

static llvm::Error writeLibrary(llvm::Module &module,
                                llvm::TargetMachine &machine, bool isForGPU,
                                const ArtifactOptions &artifact) {
  llvm::SmallString<128> object;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("bptt", "o", object))
    return llvm::createStringError(error, "cannot create a temporary file: " +
                                              error.message());
  llvm::FileRemover remover(object);
  if (llvm::Error error =
          writeModule(module, machine, /*isObject=*/true, object))
    return error;
  llvm::SmallVector<llvm::StringRef> libraries = {"libbptt_runtime.so"};
  if (isForGPU)
    libraries.push_back("libbptt_cuda_runtime.so");
  return linkSharedLibrary(object, artifact.path, artifact.runtimeFolder,
                           libraries);
}

/// What the program's kernels were compiled to.
static llvm::Error writeKernels(mlir::ModuleOp module, llvm::StringRef path) {
  llvm::SmallVector<mlir::gpu::BinaryOp> binaries(
      module.getOps<mlir::gpu::BinaryOp>());
  if (binaries.size() != 1 || binaries.front().getObjects().size() != 1)
    return llvm::createStringError(
        "the program has %zu modules of kernels, expected one",
        binaries.size());
  auto object =
      llvm::cast<mlir::gpu::ObjectAttr>(binaries.front().getObjects()[0]);
  bool isText = object.getFormat() == mlir::gpu::CompilationTarget::Assembly;
  llvm::StringRef data = object.getObject().getValue();
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    os << (isText ? data.rtrim('\0') : data);
    return llvm::Error::success();
  });
}

llvm::Error bptt::writeArtifact(mlir::ModuleOp source,
                                const Program::Impl &program,
                                const CompileOptions &options,
                                const ArtifactOptions &artifact) {
  if (artifact.kind == ArtifactKind::Kernels)
    return writeKernels(source, artifact.path);
  auto interface = makeInterface(program, artifact.argumentNames);
  if (!interface)
    return interface.takeError();
  llvm::TargetMachine &machine = *program.machine;
  interface->isForGPU = options.platform == Platform::NVPTX;
  interface->chip = interface->isForGPU ? options.getKernelChip()
                                        : machine.getTargetCPU().str();
  interface->features = getNeededFeatures(machine);
  interface->budget = options.budget;
  interface->policy = options.policy;
  interface->threads = options.threads;

  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module =
      mlir::translateModuleToLLVMIR(source, context, interface->name);
  if (!module)
    return llvm::createStringError("the program cannot be translated to LLVM");
  addGlue(*module, *interface, program);
  if (llvm::Error error = makeHostOptimizer(&machine)(module.get()))
    return error;

  llvm::SmallString<128> header(artifact.path);
  llvm::sys::path::replace_extension(header, "h");
  if (header == artifact.path)
    return llvm::createStringError("'" + artifact.path +
                                   "' is where the header goes: choose "
                                   "another name");
  llvm::Error error =
      artifact.kind == ArtifactKind::SharedLibrary
          ? writeLibrary(*module, machine, interface->isForGPU, artifact)
          : writeModule(*module, machine, artifact.kind == ArtifactKind::Object,
                        artifact.path);
  if (error)
    return error;
  return llvm::writeToOutput(header, [&](llvm::raw_ostream &os) {
    os << writeHeader(*interface);
    return llvm::Error::success();
  });
}
