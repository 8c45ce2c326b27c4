//===- TableReader.h - Code that reads a plan's table -----------*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_TABLEREADER_H
#define BPTT_LIB_TRANSFORMS_TABLEREADER_H

#include "RecurrenceEmitter.h"

namespace bptt {

/// Emits loads from a table whose layout Runtime/Table.h documents.
class TableReader {
public:
  TableReader(mlir::ImplicitLocOpBuilder &builder, mlir::Value table)
      : builder(builder), table(table) {}

  /// An entry, as an index.
  mlir::Value load(mlir::Value row, int64_t column);
  /// `entry` at one step of an action, and kRunningState at the others.
  mlir::Value onlyAt(mlir::Value step, mlir::Value where, mlir::Value entry);
  /// Where a state lies that an entry says: on the stack, or at `running`.
  Place getState(mlir::Value units, mlir::Value stack, Place running);
  /// Bytes from the start of the stack's memory; `units` counts from where this
  /// recurrence's part begins.
  mlir::Value getStackOffset(mlir::Value units);
  /// The rows of a sweep's actions, [first, second).
  std::pair<mlir::Value, mlir::Value> getRows(bool isFirstSweep);

private:
  mlir::Value index(int64_t value);

  mlir::ImplicitLocOpBuilder &builder;
  mlir::Value table;
};

} // namespace bptt

#endif
