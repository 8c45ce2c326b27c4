//===- VerifyCells.cpp - What verifiers of recurrences share --------------===//

#include "VerifyCells.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace bptt {

bool isBufferized(func::FuncOp cell) {
  return llvm::any_of(cell.getArgumentTypes(), llvm::IsaPred<BaseMemRefType>);
}

FailureOr<func::FuncOp> lookUpCell(Operation *op, FlatSymbolRefAttr name,
                                   SymbolTableCollection &symbols) {
  auto cell = symbols.lookupNearestSymbolFrom<func::FuncOp>(op, name);
  if (!cell)
    return op->emitOpError()
               << "names " << name << ", which is not a func.func",
           failure();
  if (cell.isExternal())
    return op->emitOpError() << "cell " << name << " has no body", failure();
  return cell;
}

LogicalResult compare(Operation *op, func::FuncOp cell, TypeRange found,
                      TypeRange expected, StringRef what, bool prefix) {
  if (prefix ? found.size() < expected.size() : found.size() != expected.size())
    return op->emitOpError()
           << "cell @" << cell.getName() << " has " << found.size() << " "
           << what << "s, expected " << expected.size();
  for (auto [index, want] : llvm::enumerate(expected))
    if (found[index] != want)
      return op->emitOpError()
             << "cell @" << cell.getName() << " " << what << " #" << index
             << " is " << found[index] << ", expected " << want;
  return success();
}

LogicalResult verifyStatic(Operation *op, func::FuncOp cell, TypeRange types,
                           StringRef what) {
  for (auto [index, type] : llvm::enumerate(types)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return op->emitOpError()
             << "cell @" << cell.getName() << " " << what << " #" << index
             << " is " << type << ", expected a ranked tensor of static shape";
    if (!tensor.getElementType().isIntOrIndexOrFloat())
      return op->emitOpError()
             << "cell @" << cell.getName() << " " << what << " #" << index
             << " is " << type << ", expected integer or float elements";
  }
  return success();
}

/// Results of the tensor form, `outs` of the buffer form; never both.
LogicalResult collectResults(Operation *op, ValueRange results, ValueRange outs,
                             SmallVector<Type> &types) {
  if (!results.empty() && !outs.empty())
    return op->emitOpError("has both results and `outs`");
  llvm::append_range(types, (outs.empty() ? results : outs).getTypes());
  return success();
}

/// The types of two lists of values agree, up to tensors and memrefs.
LogicalResult verifySame(Operation *op, ValueRange found, ValueRange expected,
                         StringRef what) {
  if (found.size() != expected.size())
    return op->emitOpError() << "has " << found.size() << " values in `" << what
                             << "`, its bptt.forward has " << expected.size();
  for (auto [index, value] : llvm::enumerate(found))
    if (asTensorType(value.getType()) !=
        asTensorType(expected[index].getType()))
      return op->emitOpError()
             << "value #" << index << " in `" << what << "` is "
             << value.getType() << ", in its bptt.forward "
             << expected[index].getType();
  return success();
}

LogicalResult verifyPositions(Operation *op, ArrayRef<int64_t> positions,
                              size_t bound, StringRef what) {
  for (auto [index, position] : llvm::enumerate(positions))
    if (position < 0 || position >= int64_t(bound) ||
        (index && positions[index - 1] >= position))
      return op->emitOpError()
             << what << " must be increasing positions below " << bound;
  return success();
}

LogicalResult verifyTypes(Operation *op, TypeRange found,
                          ArrayRef<Type> expected, StringRef what) {
  if (found.size() != expected.size())
    return op->emitOpError() << "has " << found.size() << " " << what
                             << "s, expected " << expected.size();
  for (auto [index, type] : llvm::enumerate(expected))
    if (asTensorType(found[index]) != type)
      return op->emitOpError() << what << " #" << index << " is "
                               << found[index] << ", expected " << type;
  return success();
}

} // namespace bptt
