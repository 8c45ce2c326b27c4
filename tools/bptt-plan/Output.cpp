//===- Output.cpp - One plan or curve in the format asked for -------------===//

#include "Output.h"

#include "llvm/Support/FileSystem.h"

using namespace bptt::planning;

llvm::Error bptt::planning::writePlanAs(llvm::raw_ostream &os, const Plan &plan,
                                        const Accounting &accounting,
                                        const Options &options) {
  switch (options.format) {
  case Format::Text:
    writeText(os, plan, accounting, options.withActions);
    break;
  case Format::Json:
    writeJson(os, plan, accounting, options.withActions);
    break;
  case Format::Csv:
    writeCsv(os, plan, accounting, options.withActions);
    break;
  case Format::Trace:
    writeTrace(os, plan);
    break;
  case Format::Svg:
    return writeSvg(os, plan);
  }
  return llvm::Error::success();
}

/// Writes to `os` and says what the system says of it.
static llvm::Error
writeChecked(llvm::StringRef name, llvm::raw_fd_ostream &os,
             llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write) {
  llvm::Error error = write(os);
  os.flush();
  std::error_code code = os.error();
  os.clear_error();
  if (error || !code)
    return error;
  return llvm::createStringError(name + ": " + code.message());
}

llvm::Error bptt::planning::writeOutput(
    llvm::StringRef fileName,
    llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write) {
  namespace fs = llvm::sys::fs;
  if (fileName == "-")
    return writeChecked("standard output", llvm::outs(), write);
  auto failure = [&](const llvm::Twine &message) {
    return llvm::createStringError(fileName + ": " + message);
  };
  fs::file_status status;
  if (!fs::status(fileName, status) && !fs::is_regular_file(status)) {
    std::error_code code;
    llvm::raw_fd_ostream os(fileName, code);
    return code ? failure(code.message()) : writeChecked(fileName, os, write);
  }
  llvm::Expected<fs::TempFile> aside = fs::TempFile::create(
      fileName + ".temp-%%%%%%", fs::all_read | fs::all_write);
  if (!aside)
    return failure(llvm::toString(aside.takeError()));
  llvm::raw_fd_ostream os(aside->FD, /*shouldClose=*/false);
  if (llvm::Error error = writeChecked(fileName, os, write))
    return llvm::joinErrors(std::move(error), aside->discard());
  if (llvm::Error error = aside->keep(fileName))
    return failure(llvm::toString(std::move(error)));
  return llvm::Error::success();
}

void bptt::planning::writeCurveAs(llvm::raw_ostream &os,
                                  llvm::ArrayRef<CurvePoint> points,
                                  Format format) {
  switch (format) {
  case Format::Json:
    return writeCurveJson(os, points);
  case Format::Csv:
    return writeCurveCsv(os, points);
  case Format::Svg:
    return writeCurveSvg(os, points);
  case Format::Text:
  case Format::Trace: // refused with the options
    return writeCurveText(os, points);
  }
}
