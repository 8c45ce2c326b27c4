//===- OutputFile.cpp - Files that are complete or not there --------------===//

#include "bptt/Support/OutputFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <optional>

using namespace bptt;
using llvm::StringRef;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

static llvm::Error fail(StringRef path, const llvm::Twine &why) {
  std::string name = path == "-" ? "standard output" : ("'" + path + "'").str();
  return llvm::createStringError(name + ": " + why);
}

bool bptt::isRegularOutput(StringRef path) {
  // /dev/stdout and the like lead to what is open already: even where that is a
  // regular file, it is not ours to rename.
  bool isSystems = path.starts_with("/dev/") || path.starts_with("/proc/");
  if (path == "-" || (isSystems && fs::is_symlink_file(path)))
    return false;
  fs::file_status status;
  fs::status(path, status);
  if (status.type() != fs::file_type::file_not_found)
    return status.type() == fs::file_type::regular_file;
  // A link to nothing: only what opens it follows it.
  fs::status(path, status, /*follow=*/false);
  return status.type() == fs::file_type::file_not_found;
}

/// The same name for the same file.
static std::string findTarget(StringRef path) {
  llvm::SmallString<128> target;
  if (!fs::real_path(path, target))
    return target.str().str();
  StringRef folder = path::parent_path(path);
  if (fs::real_path(folder.empty() ? "." : folder, target))
    return path.str();
  path::append(target, path::filename(path));
  return target.str().str();
}

struct OutputFile::Impl {
  std::string path, target;
  std::optional<fs::TempFile> temporary;
  std::unique_ptr<llvm::raw_fd_ostream> stream;

  llvm::Error open(bool isExecutable) {
    if (!isRegularOutput(path)) {
      std::error_code error;
      stream = std::make_unique<llvm::raw_fd_ostream>(path, error);
      return error ? fail(path, error.message()) : llvm::Error::success();
    }
    target = findTarget(path);
    unsigned mode = fs::all_read | fs::all_write;
    if (isExecutable)
      mode |= fs::all_exe;
    auto created = fs::TempFile::create(target + ".tmp-%%%%%%", mode);
    if (!created)
      return fail(path, llvm::toString(created.takeError()));
    temporary = std::move(*created);
    stream = std::make_unique<llvm::raw_fd_ostream>(temporary->FD,
                                                    /*shouldClose=*/false);
    return llvm::Error::success();
  }

  ~Impl() {
    if (stream) {
      stream->flush();
      stream->clear_error();
      stream.reset();
    }
    if (temporary)
      llvm::consumeError(temporary->discard());
  }
};

OutputFile::OutputFile(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
OutputFile::OutputFile(OutputFile &&) = default;
OutputFile::~OutputFile() = default;

llvm::Expected<OutputFile> OutputFile::open(StringRef path, bool isExecutable) {
  auto impl = std::make_unique<Impl>();
  impl->path = path.str();
  if (llvm::Error error = impl->open(isExecutable))
    return std::move(error);
  return OutputFile(std::move(impl));
}

llvm::raw_ostream &OutputFile::os() { return *impl->stream; }
StringRef OutputFile::target() const { return impl->target; }

llvm::Error OutputFile::flush() {
  impl->stream->flush();
  if (std::error_code error = impl->stream->error()) {
    impl->stream->clear_error();
    return fail(impl->path, error.message());
  }
  return llvm::Error::success();
}

llvm::Error OutputFile::keep() {
  if (!impl->temporary)
    return llvm::Error::success();
  impl->stream.reset();
  llvm::Error error = impl->temporary->keep(impl->target);
  impl->temporary.reset();
  return error ? fail(impl->path, llvm::toString(std::move(error)))
               : llvm::Error::success();
}

llvm::Expected<llvm::raw_ostream *> OutputFiles::open(StringRef path,
                                                      bool isExecutable) {
  auto file = OutputFile::open(path, isExecutable);
  if (!file)
    return file.takeError();
  for (const OutputFile &other : files)
    if (!file->target().empty() && file->target() == other.target())
      return fail(path, "is to be written twice");
  files.push_back(std::move(*file));
  return &files.back().os();
}

llvm::Error OutputFiles::keep() {
  for (OutputFile &file : files)
    if (llvm::Error error = file.flush())
      return error;
  for (OutputFile &file : files)
    if (llvm::Error error = file.keep())
      return error;
  return llvm::Error::success();
}
