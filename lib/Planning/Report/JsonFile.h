//===- JsonFile.h - What the readers of JSON files share --------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_REPORT_JSONFILE_H
#define BPTT_LIB_PLANNING_REPORT_JSONFILE_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

namespace bptt::planning {

/// Reports `what` is wrong at `path`, and is false.
bool fail(llvm::json::Path path, llvm::StringLiteral what);

/// Refuses keys that are not among `known`, the first in alphabetical order.
bool hasOnly(const llvm::json::Object &object,
             llvm::ArrayRef<llvm::StringRef> known, llvm::json::Path path);

/// Parses `text` and hands it to `read`, which returns whether it is what the
/// file should hold, a `noun`, and otherwise reports to its path why not.
/// Refuses keys that are given twice, and nesting that no such file needs.
/// Errors begin with `fileName` and say where in the file.
llvm::Error parseJson(
    llvm::StringRef text, llvm::StringRef fileName, llvm::StringLiteral noun,
    llvm::function_ref<bool(const llvm::json::Value &, llvm::json::Path)> read);

/// `error`, after the name of the file that it is in.
llvm::Error inFile(llvm::StringRef fileName, llvm::Error error);

} // namespace bptt::planning

#endif
