//===- FormChains.h - Steps that feed each other become chains --*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_FORMCHAINS_H
#define BPTT_LIB_DIFFERENTIATION_FORMCHAINS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace bptt {

/// Makes every maximal sequence of two or more `bptt.step` in the body of
/// `function`, a single block, one `bptt.chain`: each takes as carries exactly
/// those that the one before returns, which have no other use; and nothing else
/// that a step takes depends on a step of the chain. A remark says what was
/// formed, and what ended a chain that could have gone on.
void formChains(mlir::func::FuncOp function);

} // namespace bptt

#endif
