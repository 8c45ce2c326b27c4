//===- WarpgroupChoice.h - Products for groups of warps ---------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_WARPGROUPCHOICE_H
#define BPTT_LIB_CONVERSION_GPU_WARPGROUPCHOICE_H

#include "KernelNode.h"

namespace bptt {

/// Which products groups of warps compute. Tensor cores may round otherwise for
/// groups than for single warps, and a step that is computed again must have
/// the same bits, in whichever function that is. So products of the same
/// shapes, maps and types are all computed by groups, or none of them: where
/// a matrix lies may be known in one function and unknown in another.
class WarpgroupChoice {
public:
  /// To be called for all products before any is asked for; what is none is
  /// ignored.
  void add(const KernelNode &node);

  bool covers(const KernelNode &node) const;

private:
  /// Whether groups can compute all of a kind.
  llvm::DenseMap<mlir::Attribute, bool> kinds;
};

} // namespace bptt

#endif
