//===- RecurrenceLoops.h - Recurrences to loops -----------------*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_RECURRENCELOOPS_H
#define BPTT_LIB_TRANSFORMS_RECURRENCELOOPS_H

#include "SweepEmitter.h"

namespace bptt {

/// Replaces a recurrence of which only the value is wanted by a loop with two
/// states and a workspace.
void expandScan(ScanOp scan);

/// Replaces the forward and backward of `sweeps` by two loops; with `rolled`,
/// over the actions of the table, else plain BPTT. Their memory beside the
/// stack is allocated in front of the first.
void expandSweeps(Sweeps &sweeps, bool rolled);

/// The same of a recurrence inside a cell, with the stack allocated there as
/// well: over the actions of its plan's table, which is an argument of the
/// cell, or plain BPTT where there is no plan. The length of `forward` is
/// static.
void expandNestedSweeps(ForwardOp forward);

} // namespace bptt

#endif
