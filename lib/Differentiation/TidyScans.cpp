//===- TidyScans.cpp - Scans in the form that is differentiated -----------===//

#include "TidyScans.h"

#include "ScanActivity.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace bptt;

namespace {

class Tidying {
public:
  explicit Tidying(ScanOp scan)
      : scan(scan), cell(getCell(scan)), addsCarry(scan.getCarry().empty()),
        carryType(
            RankedTensorType::get({}, IntegerType::get(scan.getContext(), 8))) {
    size_t numCarries = scan.getCarry().size();
    for (OpResult result : scan->getResults())
      if (result.getResultNumber() < numCarries || !result.use_empty())
        kept.push_back(result.getResultNumber());
  }

  bool isNeeded() {
    return !scan.getAdjoint() && cell.getBody().hasOneBlock() &&
           (addsCarry || kept.size() < scan->getNumResults());
  }

  /// Whether a cell that was made for `other` serves here too.
  bool hasCellOf(const Tidying &other) const {
    return cell == other.cell && kept == other.kept &&
           addsCarry == other.addsCarry;
  }

  func::FuncOp createCell() {
    func::FuncOp clone = cell.clone();
    clone.setName(
        (cell.getName() + (addsCarry ? "_stateful" : "_pruned")).str());
    clone.setPrivate();
    clone.removeResAttrsAttr();
    Operation *terminator = clone.getBody().front().getTerminator();
    SmallVector<Value> results;
    if (addsCarry) {
      (void)clone.insertArgument(1, carryType, {}, cell.getLoc());
      results.push_back(clone.getArgument(1));
    }
    for (unsigned index : kept)
      results.push_back(terminator->getOperand(index));
    terminator->setOperands(results);
    clone.setType(FunctionType::get(clone.getContext(),
                                    clone.getArgumentTypes(),
                                    terminator->getOperandTypes()));
    return clone;
  }

  void run(func::FuncOp tidy) {
    OpBuilder builder(scan);
    SmallVector<Value> carry(scan.getCarry());
    SmallVector<Type> types;
    if (addsCarry) {
      carry.push_back(arith::ConstantOp::create(
          builder, scan.getLoc(), builder.getZeroAttr(carryType)));
      types.push_back(carryType);
    }
    for (unsigned index : kept)
      types.push_back(scan->getResult(index).getType());
    auto replacement = ScanOp::create(
        builder, scan.getLoc(), types, FlatSymbolRefAttr::get(tidy), carry,
        scan.getInputs(), scan.getInvariants(), scan.getSteps(),
        /*outs=*/ValueRange(), /*taped=*/FlatSymbolRefAttr(),
        /*adjoint=*/FlatSymbolRefAttr(), scan.getReverseAttr());
    for (auto [index, result] :
         llvm::zip_equal(kept, replacement.getResults().drop_front(addsCarry)))
      scan->getResult(index).replaceAllUsesWith(result);
    scan.erase();
  }

private:
  ScanOp scan;
  func::FuncOp cell;
  bool addsCarry;
  RankedTensorType carryType;
  SmallVector<unsigned> kept; // results
};

} // namespace

void bptt::tidyScans(func::FuncOp function, SymbolTable &symbols) {
  SmallVector<ScanOp> scans;
  function.walk([&](ScanOp scan) { scans.push_back(scan); });
  SmallVector<std::pair<Tidying, func::FuncOp>, 0> done;
  // Last first: what only a dropped output used is not used then.
  for (ScanOp scan : llvm::reverse(scans)) {
    Tidying tidying(scan);
    if (scan->use_empty()) {
      scan.erase();
      continue;
    }
    if (!tidying.isNeeded())
      continue;
    auto same = llvm::find_if(
        done, [&](auto &entry) { return tidying.hasCellOf(entry.first); });
    if (same == done.end()) {
      func::FuncOp cell = tidying.createCell();
      symbols.insert(cell);
      done.push_back({tidying, cell});
      same = std::prev(done.end());
    }
    tidying.run(same->second);
  }
}
