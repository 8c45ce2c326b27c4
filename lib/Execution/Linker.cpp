//===- Linker.cpp - Shared libraries from object files --------------------===//

#include "ArtifactImpl.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace bptt;
using llvm::StringRef;

static llvm::Expected<std::string> findCompiler() {
  for (StringRef name : {"cc", "clang", "gcc"})
    if (auto path = llvm::sys::findProgramByName(name))
      return *path;
  return llvm::createStringError(
      "a shared library is linked by cc, clang or gcc, and none of them is on "
      "PATH; --emit=obj needs none");
}

/// Runs a program; fails with what it printed.
static llvm::Error runProgram(StringRef program,
                              llvm::ArrayRef<StringRef> arguments) {
  llvm::SmallString<128> output;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("bptt", "log", output))
    return llvm::createStringError(error, "cannot create a temporary file: " +
                                              error.message());
  llvm::FileRemover remover(output);
  std::string message;
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(output),
                                          StringRef(output)};
  int status = llvm::sys::ExecuteAndWait(
      program, arguments, std::nullopt, redirects,
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message);
  if (status == 0)
    return llvm::Error::success();
  auto printed = llvm::MemoryBuffer::getFile(output);
  return llvm::createStringError(
      "'" + program + "' failed" + (message.empty() ? "" : ": " + message) +
      (printed ? "\n" + (*printed)->getBuffer().rtrim() : ""));
}

llvm::Error bptt::linkSharedLibrary(StringRef object, StringRef output,
                                    StringRef name, StringRef folder,
                                    llvm::ArrayRef<StringRef> libraries) {
  llvm::SmallVector<std::string> files;
  for (StringRef library : libraries) {
    files.push_back((folder + "/" + library).str());
    if (!llvm::sys::fs::exists(files.back()))
      return llvm::createStringError(
          "'" + files.back() +
          "' is missing, with which shared libraries are linked");
  }
  auto compiler = findCompiler();
  if (!compiler)
    return compiler.takeError();
  // Beside the library itself, or where they lie now.
  std::string paths = ("-Wl,-rpath,$ORIGIN:" + folder).str();
  std::string soname = ("-Wl,-soname," + name).str();
  llvm::SmallVector<StringRef> arguments = {*compiler, "-shared", "-o", output,
                                            object};
  arguments.append(files.begin(), files.end());
  arguments.append({"-lm", "-Wl,-z,defs", paths});
  if (!name.empty())
    arguments.push_back(soname);
  return runProgram(*compiler, arguments);
}
