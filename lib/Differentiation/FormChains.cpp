//===- FormChains.cpp - Steps that feed each other become chains ----------===//

#include "FormChains.h"

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Differentiation/Adjoint.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;

namespace bptt {

namespace {

/// The planner takes no chain that is much longer.
constexpr size_t kMaxSteps = 900;

/// Grows one chain step by step.
class ChainBuilder {
public:
  explicit ChainBuilder(StepOp first) : steps{first} { markDependent(first); }

  /// Takes all steps that follow.
  void grow() {
    while (StepOp next = getNext()) {
      for (Operation *op = steps.back()->getNextNode(); op && op != next;
           op = op->getNextNode())
        if (dependsOnSteps(getUsedValues(op)))
          markDependent(op);
      if (const char *why = getObstacle(next)) {
        remark::missed(next.getLoc(),
                       remark::RemarkOpts::name("FormChains").category("bptt"))
            << (Twine("the chain ends in front of this step: ") + why).str();
        return;
      }
      markDependent(next);
      steps.push_back(next);
    }
  }

  ArrayRef<StepOp> getSteps() const { return steps; }

  /// Which no step of a chain does.
  static bool takesOneValueTwice(StepOp step) {
    SmallVector<Value> others = getOthers(step);
    return llvm::SmallPtrSet<Value, 8>(others.begin(), others.end()).size() !=
           others.size();
  }

  /// Puts a `bptt.chain` in the steps' place.
  void replace() {
    StepOp last = steps.back();
    SmallVector<Attribute> cells, uses;
    SmallVector<int64_t> indices;
    llvm::SetVector<Value> invariants;
    OpBuilder builder(last);
    for (StepOp step : steps) {
      cells.push_back(step.getCellAttr());
      indices.push_back(step.getIndex());
      SmallVector<int64_t> positions;
      for (Value value : getOthers(step)) {
        invariants.insert(value);
        positions.push_back(llvm::find(invariants, value) - invariants.begin());
      }
      uses.push_back(builder.getDenseI64ArrayAttr(positions));
    }
    size_t numCarries = last.getCarry().size();
    SmallVector<Value> replaced(last.getResults().take_front(numCarries));
    for (StepOp step : steps)
      llvm::append_range(replaced, step.getResults().drop_front(numCarries));
    auto chain = ChainOp::create(
        builder, last.getLoc(), ValueRange(replaced).getTypes(),
        builder.getArrayAttr(cells), indices, builder.getArrayAttr(uses),
        steps.front().getCarry(), invariants.getArrayRef());
    for (auto [value, result] : llvm::zip_equal(replaced, chain.getResults()))
      value.replaceAllUsesWith(result);
    for (StepOp step : llvm::reverse(steps))
      step.erase();
    // What uses an output of an early step may stand in front of the chain.
    sortTopologically(chain->getBlock());
    remark::passed(chain.getLoc(),
                   remark::RemarkOpts::name("FormChains").category("bptt"))
        << ("planned as a chain of " + Twine(indices.size()) + " steps").str();
  }

private:
  static SmallVector<Value> getOthers(StepOp step) {
    SmallVector<Value> values(step.getInputs());
    llvm::append_range(values, step.getInvariants());
    return values;
  }

  /// The step that takes a carry of the last one, if there is one.
  StepOp getNext() {
    StepOp last = steps.back();
    for (Value carry : last.getResults().take_front(last.getCarry().size()))
      for (Operation *user : carry.getUsers())
        if (auto step = dyn_cast<StepOp>(user);
            step && llvm::is_contained(step.getCarry(), carry))
          return step;
    return {};
  }

  /// Why `next` is no step of this chain, or null.
  const char *getObstacle(StepOp next) {
    StepOp last = steps.back();
    ValueRange carries = last.getResults().take_front(last.getCarry().size());
    if (next->getBlock() != last->getBlock())
      return "it stands in another region";
    if (SmallVector<Value>(next.getCarry()) != SmallVector<Value>(carries))
      return "its carries are not those that the step before returns, in order";
    for (auto [value, first] : llvm::zip(carries, steps.front().getCarry())) {
      if (!value.hasOneUse())
        return "a carry of the step before is used elsewhere";
      if (isDifferentiable(value.getType()) !=
          isDifferentiable(first.getType()))
        return "a carry changes between floats and integers";
    }
    if (dependsOnSteps(getOthers(next)))
      return "it needs an output of an earlier step";
    if (takesOneValueTwice(next))
      return "it takes one value twice";
    if (steps.size() == kMaxSteps)
      return "the planner takes no longer one";
    return nullptr;
  }

  bool dependsOnSteps(ArrayRef<Value> values) {
    return llvm::any_of(values,
                        [&](Value value) { return dependent.contains(value); });
  }
  void markDependent(Operation *op) {
    dependent.insert(op->result_begin(), op->result_end());
  }

  SmallVector<StepOp> steps;
  ValueSet dependent; // on the steps so far
};

} // namespace

void formChains(func::FuncOp function) {
  SmallVector<StepOp> steps;
  for (Operation &op : function.getBody().front())
    if (auto step = dyn_cast<StepOp>(op))
      steps.push_back(step);
  llvm::SmallPtrSet<Operation *, 16> taken;
  SmallVector<ChainBuilder> chains;
  for (StepOp step : steps) {
    if (taken.contains(step) || step.getCarry().empty() ||
        ChainBuilder::takesOneValueTwice(step))
      continue;
    ChainBuilder chain(step);
    chain.grow();
    for (StepOp each : chain.getSteps())
      taken.insert(each);
    if (chain.getSteps().size() > 1)
      chains.push_back(std::move(chain));
  }
  for (ChainBuilder &chain : chains)
    chain.replace();
}

} // namespace bptt
