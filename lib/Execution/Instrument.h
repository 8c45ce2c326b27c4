//===- Instrument.h - Programs that count and time themselves ---*- C++ -*-===//

#ifndef BPTT_LIB_EXECUTION_INSTRUMENT_H
#define BPTT_LIB_EXECUTION_INSTRUMENT_H

#include "llvm/ADT/StringSet.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace llvm {
class Module;
} // namespace llvm

namespace bptt {

/// The counter of evaluations.
constexpr llvm::StringLiteral kEvaluationsSymbol = "bptt_forward_evaluations";

/// Calls of one function and the time they took.
struct CellTimer {
  int64_t calls = 0;
  int64_t nanoseconds = 0;
  int64_t begin = 0;
};

/// By the name of the cell; addresses stay.
using CellTimers = std::map<std::string, std::unique_ptr<CellTimer>>;

/// Counts in a global how often `caller` calls one of `cells`, so that
/// evaluations are measured and not believed. What cells call is part of them.
void countEvaluations(llvm::Module &module, llvm::StringRef caller,
                      const llvm::StringSet<> &cells);

/// Has every function named in `timers` add up its time there: for profiles,
/// where some 50 ns a call do not matter.
void timeCells(llvm::Module &module, const CellTimers &timers);

} // namespace bptt

#endif
