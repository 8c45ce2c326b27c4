//===- Machine.h - Where a library runs -------------------------*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_EXEC_MACHINE_H
#define BPTT_TOOLS_BPTT_EXEC_MACHINE_H

#include "../shared/Report.h"
#include "Library.h"

#include <optional>

namespace bptt {

/// Holds arguments, results and workspace where compiled code can reach them.
class Machine {
public:
  virtual ~Machine() = default;

  /// Gets hold of `arguments`, which must stay, and of memory for results and
  /// for a workspace that serves every plan of at most `workspaceBytes`.
  virtual llvm::Error prepare(llvm::ArrayRef<Array> arguments,
                              llvm::ArrayRef<ArrayType> results,
                              int64_t workspaceBytes) = 0;

  struct Measurement {
    double seconds = 0;
    /// High-water mark in the workspace; above its size if the guard behind it
    /// was touched.
    int64_t peakBytes = 0;
    /// Calls of the allocator so far; absent where they cannot be counted.
    std::optional<int64_t> allocations;
  };
  /// Runs once. With `measurePeak` the workspace is filled and searched; that
  /// is not timed.
  virtual llvm::Expected<Measurement> run(const bptt_plan *plan,
                                          bool measurePeak) = 0;

  virtual llvm::Expected<std::vector<Array>> getResults() = 0;

  /// What was taken so far of memory that is not this process's.
  virtual std::optional<DeviceMemory> getDeviceMemory() const {
    return std::nullopt;
  }
};

/// This process.
std::unique_ptr<Machine> makeHost(const Library &library);

/// NVIDIA GPU number `ordinal`, through the runtime that the library is linked
/// with. With `graph` runs are recorded, and replays are what is timed. Fails
/// if there is no such runtime or GPU.
llvm::Expected<std::unique_ptr<Machine>> makeDevice(const Library &library,
                                                    int ordinal, bool graph);

} // namespace bptt

#endif
