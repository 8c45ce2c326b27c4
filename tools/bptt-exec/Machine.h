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
  struct RunMode {
    /// The workspace is filled and searched; that is not timed.
    bool measurePeak = false;
    /// On a device: record the run, if it was not yet, and replay it.
    bool replay = false;
  };
  /// Runs once. Before that, the results are filled with what they were not
  /// filled with the last time, so that none passes that is not written.
  virtual llvm::Expected<Measurement> run(const bptt_plan *plan,
                                          RunMode mode) = 0;

  virtual llvm::Expected<std::vector<Array>> getResults() = 0;

  /// What was found out so far about a device; nothing where there is none.
  virtual llvm::Expected<std::optional<DeviceReport>> describeDevice() {
    return std::nullopt;
  }

protected:
  /// What to fill results with before the next run.
  uint8_t getNextFill() { return fill = fill == 0xA5 ? 0xFF : 0xA5; }

private:
  uint8_t fill = 0;
};

/// This process.
std::unique_ptr<Machine> makeHost(const Library &library);

/// NVIDIA GPU number `ordinal`, through the runtime that the library is linked
/// with. A run that is recorded becomes graphs of `graphLaunches` launches
/// each. Fails if there is no such runtime or GPU.
llvm::Expected<std::unique_ptr<Machine>>
makeDevice(const Library &library, int ordinal, int64_t graphLaunches);

} // namespace bptt

#endif
