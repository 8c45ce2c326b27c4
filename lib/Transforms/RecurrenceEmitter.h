//===- RecurrenceEmitter.h - Code for one recurrence on memrefs -*- C++ -*-===//
//
// What the table-driven form, the plain form and a scan without a gradient have
// in common: the pair of running states, the calls of the cells, the copies.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_TRANSFORMS_RECURRENCEEMITTER_H
#define BPTT_LIB_TRANSFORMS_RECURRENCEEMITTER_H

#include "RecurrenceMemory.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace bptt {

/// Operands that a recurrence reads in both sweeps, with layouts that cells
/// accept.
struct RecurrenceOperands {
  llvm::SmallVector<mlir::Value> carry, inputs, invariants;
  mlir::Value numSteps;
  bool reverse = false;
};

/// Where something lies: `offset` bytes into `bytes`, a memref<?xi8>.
struct Place {
  mlir::Value bytes, offset;
};
Place choose(mlir::ImplicitLocOpBuilder &builder, mlir::Value condition,
             Place whereTrue, Place whereFalse);

/// Memory of a function, as a memref<?xi8>.
mlir::Value allocateBytes(mlir::ImplicitLocOpBuilder &builder, int64_t bytes);

class RecurrenceEmitter {
public:
  /// Inserts in front of `op`, a scan, forward or backward in buffer form.
  RecurrenceEmitter(mlir::Operation *op, mlir::ImplicitLocOpBuilder &builder,
                    llvm::ArrayRef<mlir::Type> carries);

  /// Reads the operands of `op`; those whose strides a cell cannot take are
  /// copied.
  template <typename OpT>
  void setOperands(OpT op) {
    operands.reverse = op.getReverse();
    operands.carry = adapt(op.getCarry());
    operands.inputs = adapt(op.getInputs());
    operands.invariants = adapt(op.getInvariants());
    operands.numSteps = op.getSteps()
                            ? op.getSteps()
                            : getLeadingExtent(op.getInputs().front());
  }

  // The pair of running states. `parity`, an index of 0 or 1, says which one is
  // current.
  void setRunning(mlir::Value bytes) { running = bytes; }
  Place getRunning(mlir::Value parity);
  mlir::Value flip(mlir::Value parity);

  llvm::SmallVector<mlir::Value> viewState(Place place) {
    return viewAll(place.bytes, place.offset, carries);
  }
  void copyState(mlir::ValueRange from, mlir::ValueRange to);
  /// Asks for `bytes` bytes there to be in a processor's caches soon.
  void prefetch(Place place, int64_t bytes);
  void copyCarryTo(Place place) { copyState(operands.carry, viewState(place)); }

  /// Dense values of `types` one after the other in `bytes`, from `offset` on.
  llvm::SmallVector<mlir::Value> viewAll(mlir::Value bytes, mlir::Value offset,
                                         llvm::ArrayRef<mlir::Type> types);

  /// Calls a primal form of the cell: from one state into another, `outputs`
  /// and `residuals`.
  void callPrimal(llvm::StringRef cell, mlir::Value step, Place from, Place to,
                  mlir::ValueRange stackedOutputs, mlir::ValueRange residuals,
                  mlir::Value workspace);

  /// Calls the adjoint of `backward` for `step`, taped in `mode`: `input` is
  /// h_step, `result` h_{step+1}.
  void callAdjoint(BackwardOp backward, unsigned mode, mlir::Value step,
                   Place input, Place result, mlir::ValueRange residuals,
                   mlir::Value workspace);

  mlir::Value index(int64_t value);
  void copy(mlir::Value from, mlir::Value to);
  void fillWithZeros(mlir::Value buffer);
  /// `values` with layouts that cells accept, copies where they have others.
  llvm::SmallVector<mlir::Value> adapt(mlir::ValueRange values);
  /// Calls a bufferized cell, whose argument types differ in layout at most,
  /// with the tables that it takes; the function around has them too.
  void call(llvm::StringRef name, llvm::ArrayRef<mlir::Value> arguments,
            mlir::Value workspace);

  RecurrenceOperands operands;

private:
  mlir::Value getLeadingExtent(mlir::Value stacked);
  mlir::Value getPosition(mlir::Value step);
  mlir::Value sliceStep(mlir::Value stacked, mlir::Value position);

  mlir::Operation *op;
  mlir::ImplicitLocOpBuilder &builder;
  llvm::SmallVector<mlir::Type> carries;
  int64_t stateBytes;
  mlir::Value running;
};

} // namespace bptt

#endif
