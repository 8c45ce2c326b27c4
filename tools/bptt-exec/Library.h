//===- Library.h - A generated library, loaded ------------------*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_EXEC_LIBRARY_H
#define BPTT_TOOLS_BPTT_EXEC_LIBRARY_H

#include "bptt-c/runtime.h"
#include "bptt/Arrays/Array.h"

#include <memory>
#include <vector>

namespace bptt {

/// A library that `bptt-run --emit=so` wrote. It stays loaded.
class Library {
public:
  /// Fails, in words, on a file that is none.
  static llvm::Expected<Library> load(const std::string &path);

  const bptt_program &program() const { return *description; }
  /// A function of the library or of those that it is linked with; null if
  /// there is none.
  void *find(const char *name) const;

  std::vector<ArrayType> argumentTypes() const;
  /// Types of the results for these arguments.
  std::vector<ArrayType> resultTypes(llvm::ArrayRef<Array> arguments) const;
  /// The extents that the library leaves open, as `arguments` have them.
  std::vector<int64_t> extents(llvm::ArrayRef<Array> arguments) const;

  void describe(llvm::raw_ostream &os) const;
  void describeJson(llvm::raw_ostream &os) const;

private:
  void *handle = nullptr;
  const bptt_program *description = nullptr;
};

/// A failure of the C interface as an error; success for BPTT_SUCCESS.
llvm::Error toError(bptt_status status, const bptt_message &message);

struct FreePlan {
  void operator()(bptt_plan *plan) const { bptt_plan_destroy(plan); }
};
using PlanHandle = std::unique_ptr<bptt_plan, FreePlan>;

} // namespace bptt

#endif
