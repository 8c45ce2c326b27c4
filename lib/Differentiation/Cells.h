//===- Cells.h - Functions derived from a cell ------------------*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_CELLS_H
#define BPTT_LIB_DIFFERENTIATION_CELLS_H

#include "ScanActivity.h"

#include "mlir/IR/SymbolTable.h"

namespace bptt {

/// The functions that `bptt.forward` and `bptt.backward` name, in the
/// signatures documented there; those of a tape in every mode, at least one.
struct DerivedCell {
  mlir::FlatSymbolRefAttr advance;
  llvm::SmallVector<mlir::Attribute> taped, retaped, adjoints;
};

/// Normalises cells and derives functions from them, each once.
class CellLibrary {
public:
  /// Derives at most `maxTapeModes` ways to tape a step.
  CellLibrary(mlir::ModuleOp module, unsigned maxTapeModes)
      : module(module), symbols(module), maxTapeModes(maxTapeModes) {}

  /// Brings the scans and chains in `function`, their cells, and those of
  /// recurrences inside them, into the form that is differentiated. Cells of
  /// supplied rules stay as they are.
  mlir::LogicalResult normalizeCells(mlir::func::FuncOp function);
  /// What is needed to differentiate `scan` for `activity`, added to the module
  /// or, with a rule supplied by the user, taken from there. Inside a cell,
  /// where nothing is planned, there is one way to tape a step.
  mlir::FailureOr<DerivedCell> derive(ScanOp scan, const ScanActivity &activity,
                                      bool isInCell);
  /// The same for a step of a chain that applies `cell`; `activity` names no
  /// inputs.
  mlir::FailureOr<DerivedCell> deriveStep(mlir::func::FuncOp cell,
                                          const ScanActivity &activity,
                                          size_t numCarries);

private:
  struct Entry {
    mlir::func::FuncOp cell, taped, adjoint;
    ScanActivity activity;
    bool isInCell, isStep;
    DerivedCell derived;
  };
  /// Fails if `user`, which applies `cell`, stands in it.
  mlir::LogicalResult verifyNotOpen(mlir::Operation *user,
                                    mlir::func::FuncOp cell);
  mlir::LogicalResult normalizeCell(mlir::Operation *user,
                                    mlir::func::FuncOp cell);
  mlir::FailureOr<DerivedCell> deriveOwn(mlir::func::FuncOp cell,
                                         const ScanActivity &activity,
                                         size_t numCarries, size_t numInputs,
                                         unsigned maxModes);
  mlir::FailureOr<DerivedCell> adoptRule(ScanOp scan,
                                         const ScanActivity &activity);
  mlir::FlatSymbolRefAttr getAdvance(mlir::func::FuncOp cell,
                                     size_t numCarries);
  /// Inserts `function` as `@<cell>_<suffix>`, made unique, in its final form.
  mlir::FlatSymbolRefAttr insert(mlir::func::FuncOp function,
                                 mlir::func::FuncOp cell,
                                 const llvm::Twine &suffix);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  unsigned maxTapeModes;
  llvm::SmallVector<Entry, 0> entries;
  llvm::SmallVector<mlir::func::FuncOp> normalized;
  llvm::SmallVector<mlir::func::FuncOp> open; // whose cells are at work
  llvm::SmallVector<std::pair<mlir::func::FuncOp, mlir::FlatSymbolRefAttr>>
      advances;
};

} // namespace bptt

#endif
