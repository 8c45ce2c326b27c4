//===- Artifact.cpp - Programs as files -----------------------------------===//

#include "ArtifactImpl.h"

#include "bptt/Conversion/HostTarget.h"
#include "bptt/Support/OutputFile.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
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
                               llvm::raw_ostream &os) {
  if (isObject)
    return emitObject(module, machine, os);
  module.print(os, nullptr);
  return llvm::Error::success();
}

namespace {
/// A file in the system's folder for such, which is gone with this.
class TemporaryFile {
public:
  llvm::Error create(llvm::StringRef suffix) {
    if (std::error_code error =
            llvm::sys::fs::createTemporaryFile("bptt", suffix, path))
      return llvm::createStringError(error, "cannot create a temporary file: " +
                                                error.message());
    remover.setFile(path);
    return llvm::Error::success();
  }
  llvm::StringRef getPath() const { return path; }

private:
  llvm::SmallString<128> path;
  llvm::FileRemover remover;
};
} // namespace

/// Linked aside: a linker writes to nothing but files.
static llvm::Error writeLibrary(llvm::Module &module,
                                llvm::TargetMachine &machine, bool isForGPU,
                                const ArtifactOptions &artifact,
                                llvm::raw_ostream &os) {
  TemporaryFile object, library;
  if (llvm::Error error = object.create("o"))
    return error;
  if (llvm::Error error = library.create("so"))
    return error;
  std::error_code opened;
  llvm::raw_fd_ostream objectStream(object.getPath(), opened);
  if (opened)
    return llvm::createStringError(opened, "'" + object.getPath() +
                                               "': " + opened.message());
  if (llvm::Error error =
          writeModule(module, machine, /*isObject=*/true, objectStream))
    return error;
  objectStream.close();
  llvm::SmallVector<llvm::StringRef> libraries = {"libbptt_runtime.so"};
  if (isForGPU)
    libraries.push_back("libbptt_cuda_runtime.so");
  llvm::StringRef name;
  if (isRegularOutput(artifact.path))
    name = llvm::sys::path::filename(artifact.path);
  if (llvm::Error error =
          linkSharedLibrary(object.getPath(), library.getPath(), name,
                            artifact.runtimeFolder, libraries))
    return error;
  auto linked = llvm::MemoryBuffer::getFile(library.getPath());
  if (!linked)
    return llvm::createStringError(linked.getError(),
                                   "'" + library.getPath() +
                                       "': " + linked.getError().message());
  os << (*linked)->getBuffer();
  return llvm::Error::success();
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
  OutputFiles files;
  auto os = files.open(path);
  if (!os)
    return os.takeError();
  **os << (isText ? data.rtrim('\0') : data);
  return files.keep();
}

/// Opens the artifact and, where there can be a file beside it, its header,
/// which is null elsewhere.
static llvm::Error openBoth(OutputFiles &files, const ArtifactOptions &artifact,
                            llvm::raw_ostream *&os,
                            llvm::raw_ostream *&headerStream) {
  auto opened =
      files.open(artifact.path, artifact.kind == ArtifactKind::SharedLibrary);
  if (!opened)
    return opened.takeError();
  os = *opened;
  headerStream = nullptr;
  if (!isRegularOutput(artifact.path))
    return llvm::Error::success();
  llvm::SmallString<128> header(artifact.path);
  llvm::sys::path::replace_extension(header, "h");
  if (header == artifact.path)
    return llvm::createStringError("'" + artifact.path +
                                   "' is where the header goes: choose "
                                   "another name");
  opened = files.open(header);
  if (!opened)
    return opened.takeError();
  headerStream = *opened;
  return llvm::Error::success();
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

  OutputFiles files;
  llvm::raw_ostream *os, *headerStream;
  if (llvm::Error error = openBoth(files, artifact, os, headerStream))
    return error;
  llvm::Error error =
      artifact.kind == ArtifactKind::SharedLibrary
          ? writeLibrary(*module, machine, interface->isForGPU, artifact, *os)
          : writeModule(*module, machine, artifact.kind == ArtifactKind::Object,
                        *os);
  if (error)
    return error;
  if (headerStream)
    *headerStream << writeHeader(*interface);
  return files.keep();
}
