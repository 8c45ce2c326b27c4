//===- Program.h - A compiled function and how it is called -----*- C++ -*-===//

#ifndef BPTT_EXECUTION_PROGRAM_H
#define BPTT_EXECUTION_PROGRAM_H

#include "bptt/Arrays/Array.h"
#include "bptt/Planning/Plan.h"

#include <functional>
#include <memory>

namespace bptt {

/// What a run took, beside its results.
struct Measurement {
  double seconds = 0;
  /// High-water mark in the arena, to a cache line: it is filled with a pattern
  /// before, and searched after.
  int64_t peakBytes = 0;
  /// Evaluations of cells, counted by the program itself; a step of a
  /// recurrence inside a step is part of that one.
  int64_t forwardEvaluations = 0;
};

/// A compiled function, and a plan for each of its recurrences. Arguments,
/// results and tables are the caller's; everything else lies in one arena of
/// `arenaBytes`.
class Program {
public:
  struct Impl;
  explicit Program(std::unique_ptr<Impl> impl);
  Program(Program &&);
  ~Program();

  llvm::ArrayRef<ArrayType> argumentTypes() const;
  llvm::ArrayRef<ArrayType> resultTypes() const;

  /// Fixes what depends on the arguments: lengths known only now are planned
  /// now, and the arena and tables are made. Call again for arguments of other
  /// shapes.
  llvm::Error prepare(llvm::ArrayRef<const Array *> arguments);

  /// Of the recurrences that are in no step of others.
  llvm::ArrayRef<planning::Plan> plans() const;
  /// Planned time over that of plain BPTT.
  double timeRatio() const;
  /// Sizes for these arguments: the budget in bytes, the least that would do,
  /// what plain BPTT takes, what this program takes, and the tables that the
  /// caller holds beside it.
  struct Sizes {
    int64_t budgetBytes = 0, floorBytes = 0, fullBytes = 0, arenaBytes = 0,
            tableBytes = 0;
  };
  const Sizes &sizes() const;

  /// The peak for these arguments as the final IR tells it, without the plans:
  /// how far its views of the arena reach (Transforms/MemoryExtents.h). For
  /// programs compiled with `analyze`, after `prepare`. Fails if the IR
  /// allocates elsewhere.
  llvm::Expected<int64_t>
  analyzePeak(llvm::ArrayRef<const Array *> arguments) const;

  /// Mean costs of a step, in nanoseconds, over all runs so far; for programs
  /// compiled with `profile`. Fails if a kind of cell was never called.
  llvm::Expected<std::vector<planning::StepCosts>> measuredCosts() const;

  /// Runs once. With `measurePeak` the arena is filled and searched; that is
  /// not timed.
  llvm::Expected<std::vector<Array>>
  run(llvm::ArrayRef<const Array *> arguments, Measurement &measurement,
      bool measurePeak = true);

private:
  std::unique_ptr<Impl> impl;
};

/// Called right before and right after compiled code runs, by the thread that
/// runs it; for tools that count allocations meanwhile.
struct SweepHooks {
  void (*begin)() = nullptr;
  void (*end)() = nullptr;
};
extern SweepHooks sweepHooks;

} // namespace bptt

#endif
