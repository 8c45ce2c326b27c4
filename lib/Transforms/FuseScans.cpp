//===- FuseScans.cpp - Stacked layers become one recurrence ---------------===//

#include "RecurrenceMemory.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Planning/Budget.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_FUSESCANS
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

bool usesAny(Operation *op, const llvm::DenseSet<Value> &values) {
  return op
      ->walk([&](Operation *nested) {
        return llvm::any_of(nested->getOperands(),
                            [&](Value value) { return values.contains(value); })
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

/// `first` stacks what `second` takes apart again.
class Fusion {
public:
  Fusion(ScanOp first, ScanOp second) : first(first), second(second) {
    for (Value input : second.getInputs())
      if (input.getDefiningOp() == first)
        sequences.insert(input);
  }

  /// Why the two cannot be one; empty if they can.
  std::string findObstacle() {
    if (first->getBlock() != second->getBlock())
      return "they stand in different blocks";
    if (first.getReverse() != second.getReverse())
      return "they run in opposite directions";
    for (ScanOp scan : {first, second})
      if (scan.getAdjoint())
        return ("@" + scan.getCell() + " has a supplied rule").str();
    for (Value sequence : sequences)
      if (std::string use = findOtherUse(sequence); !use.empty())
        return use;
    return findDependence();
  }

  /// Replaces both by one scan, in the place of the second.
  ScanOp run(SymbolTable &symbols) {
    for (ScanOp scan : {first, second}) {
      inputs.insert_range(scan.getInputs());
      invariants.insert_range(scan.getInvariants());
    }
    for (Value sequence : sequences)
      inputs.remove(sequence);
    func::FuncOp cell = createCell();
    symbols.insert(
        cell, std::next(lookUpCell(second, second.getCell())->getIterator()));
    ScanOp fused = createScan(cell);
    Operation *last = fused;
    for (Operation *op : dependent) {
      op->moveAfter(last);
      last = op;
    }
    return fused;
  }

  std::string describe() {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << "@" << first.getCell() << " and @" << second.getCell();
    return text;
  }

  /// Bytes of what is no longer stored; -1 where the length is not known.
  int64_t getSavedBytes() {
    int64_t bytes = 0;
    for (Value sequence : sequences) {
      auto type = cast<RankedTensorType>(sequence.getType());
      if (!type.hasStaticShape())
        return -1;
      bytes += getDenseBytes(type);
    }
    return bytes;
  }

private:
  std::string findOtherUse(Value sequence) {
    for (OpOperand &use : sequence.getUses()) {
      if (use.getOwner() != second)
        return ("what the first stacks is also used by '" +
                use.getOwner()->getName().getStringRef() + "'")
            .str();
      auto [begin, size] = second.getODSOperandIndexAndLength(1);
      if (use.getOperandNumber() < begin ||
          use.getOperandNumber() >= begin + size)
        return "the second needs the whole sequence at every step";
    }
    return "";
  }

  /// Collects what stands between the two and depends on the first: it can
  /// stand behind both, unless the second depends on it.
  std::string findDependence() {
    llvm::DenseSet<Value> results(first->result_begin(), first->result_end());
    for (Operation *op = first->getNextNode(); op != second;
         op = op->getNextNode()) {
      if (!usesAny(op, results))
        continue;
      if (!isMemoryEffectFree(op))
        return ("'" + op->getName().getStringRef() +
                "' between them depends on the first and has an effect")
            .str();
      results.insert(op->result_begin(), op->result_end());
      dependent.push_back(op);
    }
    for (Value operand : second->getOperands())
      if (!sequences.contains(operand) && results.contains(operand))
        return "the second needs the end of the first before it starts";
    return "";
  }

  ValueRange getStacked(ScanOp scan) {
    return scan.getResults().drop_front(scan.getCarry().size());
  }

  SmallVector<Type> getCellArguments() {
    SmallVector<Type> types{IndexType::get(first.getContext())};
    for (ScanOp scan : {first, second})
      llvm::append_range(types, scan.getCarry().getTypes());
    for (Value input : inputs)
      types.push_back(getStepType(input.getType()));
    for (Value invariant : invariants)
      types.push_back(invariant.getType());
    return types;
  }

  /// Calls one cell after the other. `carry` are the arguments that stand for
  /// the carries of `scan`, `steps` what stands for its inputs.
  func::CallOp callCell(OpBuilder &builder, ScanOp scan, Block &body,
                        ValueRange carry, const DenseMap<Value, Value> &steps) {
    SmallVector<Value> operands{body.getArgument(0)};
    llvm::append_range(operands, carry);
    for (Value input : scan.getInputs())
      operands.push_back(steps.lookup(input));
    ValueRange last = body.getArguments().take_back(invariants.size());
    for (Value invariant : scan.getInvariants())
      operands.push_back(
          last[llvm::find(invariants, invariant) - invariants.begin()]);
    return func::CallOp::create(builder, scan.getLoc(),
                                lookUpCell(scan, scan.getCell()), operands);
  }

  func::FuncOp createCell() {
    MLIRContext *context = first.getContext();
    auto cell = func::FuncOp::create(
        lookUpCell(second, second.getCell()).getLoc(),
        (first.getCell() + "_" + second.getCell()).str(),
        FunctionType::get(context, getCellArguments(), {}));
    cell.setPrivate();
    Block &body = *cell.addEntryBlock();
    OpBuilder builder = OpBuilder::atBlockBegin(&body);
    size_t numFirst = first.getCarry().size(),
           numSecond = second.getCarry().size();
    ValueRange arguments = body.getArguments().drop_front();
    DenseMap<Value, Value> steps;
    for (auto [input, argument] :
         llvm::zip(inputs, arguments.drop_front(numFirst + numSecond)))
      steps[input] = argument;
    auto calledFirst =
        callCell(builder, first, body, arguments.take_front(numFirst), steps);
    for (Value sequence : sequences)
      steps[sequence] =
          calledFirst.getResult(cast<OpResult>(sequence).getResultNumber());
    auto calledSecond = callCell(builder, second, body,
                                 arguments.slice(numFirst, numSecond), steps);

    SmallVector<Value> results(calledFirst.getResults().take_front(numFirst));
    llvm::append_range(results,
                       calledSecond.getResults().take_front(numSecond));
    for (Value stacked : getStacked(first))
      if (!sequences.contains(stacked))
        results.push_back(
            calledFirst.getResult(cast<OpResult>(stacked).getResultNumber()));
    llvm::append_range(results,
                       calledSecond.getResults().drop_front(numSecond));
    auto terminator = func::ReturnOp::create(builder, second.getLoc(), results);
    cell.setType(FunctionType::get(context, cell.getArgumentTypes(),
                                   terminator.getOperandTypes()));
    return cell;
  }

  ScanOp createScan(func::FuncOp cell) {
    SmallVector<Value> carry(first.getCarry()), replaced;
    llvm::append_range(carry, second.getCarry());
    for (ScanOp scan : {first, second})
      llvm::append_range(replaced,
                         scan.getResults().take_front(scan.getCarry().size()));
    for (Value stacked : getStacked(first))
      if (!sequences.contains(stacked))
        replaced.push_back(stacked);
    llvm::append_range(replaced, getStacked(second));

    OpBuilder builder(second);
    auto fused = ScanOp::create(
        builder, builder.getFusedLoc({first.getLoc(), second.getLoc()}),
        ValueRange(replaced).getTypes(), FlatSymbolRefAttr::get(cell), carry,
        inputs.getArrayRef(), invariants.getArrayRef(), first.getSteps(),
        /*outs=*/ValueRange(), /*taped=*/FlatSymbolRefAttr(),
        /*adjoint=*/FlatSymbolRefAttr(), first.getReverseAttr());
    for (auto [old, value] : llvm::zip_equal(replaced, fused.getResults()))
      old.replaceAllUsesWith(value);
    second.erase();
    first.erase();
    return fused;
  }

  ScanOp first, second;
  llvm::SetVector<Value>
      sequences; // results of the first, inputs of the second
  llvm::SetVector<Value> inputs, invariants; // of both, each once
  SmallVector<Operation *> dependent;
};

struct FuseScans : bptt::impl::FuseScansBase<FuseScans> {
  using FuseScansBase::FuseScansBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<ScanOp> scans;
    getOperation().walk([&](ScanOp scan) { scans.push_back(scan); });
    // In program order: a fused scan takes the place of its second part, and
    // what is behind it may join in turn.
    for (ScanOp scan : scans)
      while (scan)
        scan = fuseWithProducer(scan, symbols);
    // Two that could not be one may have become so, with others.
    getOperation().walk([&](ScanOp scan) { reportMisses(scan); });
  }

  static llvm::SetVector<Operation *> getProducers(ScanOp scan) {
    llvm::SetVector<Operation *> producers;
    for (Value input : scan.getInputs())
      if (auto producer = input.getDefiningOp<ScanOp>())
        producers.insert(producer);
    return producers;
  }

  /// Fuses `scan` with one that it reads from and returns the result; null
  /// where there is nothing to fuse with.
  ScanOp fuseWithProducer(ScanOp scan, SymbolTable &symbols) {
    for (Operation *producer : getProducers(scan)) {
      Fusion fusion(cast<ScanOp>(producer), scan);
      if (!fusion.findObstacle().empty())
        continue;
      std::string text = fusion.describe() + ": the sequence between them";
      if (int64_t bytes = fusion.getSavedBytes(); bytes >= 0)
        text += ", " + planning::formatBytes(bytes) + ",";
      ScanOp fused = fusion.run(symbols);
      remark::passed(fused.getLoc(),
                     remark::RemarkOpts::name("FuseScans").category("bptt"))
          << text + " is not stored";
      return fused;
    }
    return {};
  }

  void reportMisses(ScanOp scan) {
    for (Operation *producer : getProducers(scan)) {
      Fusion fusion(cast<ScanOp>(producer), scan);
      if (std::string obstacle = fusion.findObstacle(); !obstacle.empty())
        remark::missed(scan.getLoc(),
                       remark::RemarkOpts::name("FuseScans").category("bptt"))
            << fusion.describe() + ": " + obstacle;
    }
  }
};

} // namespace
