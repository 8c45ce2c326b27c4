//===- Compare.h - Results side by side -------------------------*- C++ -*-===//

#ifndef BPTT_ARRAYS_COMPARE_H
#define BPTT_ARRAYS_COMPARE_H

#include "bptt/Arrays/Array.h"

namespace bptt {

/// Results of two programs for the same arguments.
struct Comparison {
  bool bitIdentical = true;
  /// Largest over the results of max |a - b| / max |b|.
  double maxRelativeDifference = 0;
  /// |a - b| / |b| of all results together, in the Euclidean norm.
  double normRelativeDifference = 0;
};
Comparison compareResults(llvm::ArrayRef<Array> a, llvm::ArrayRef<Array> b);

} // namespace bptt

#endif
