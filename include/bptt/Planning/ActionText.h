//===- ActionText.h - Reading actions as they are printed -------*- C++ -*-===//

#ifndef BPTT_PLANNING_ACTIONTEXT_H
#define BPTT_PLANNING_ACTIONTEXT_H

#include "bptt/Planning/Action.h"

#include "llvm/Support/Error.h"

namespace bptt::planning {

/// Reads what `operator<<` writes: `advance 0..3`, `checkpoint 3 @0`,
/// `taped-forward 3 @16 state @0 mode 1`, `restore-initial`. Fails, naming the
/// text and what was expected in it.
llvm::Expected<Action> parseAction(llvm::StringRef text);

} // namespace bptt::planning

#endif // BPTT_PLANNING_ACTIONTEXT_H
