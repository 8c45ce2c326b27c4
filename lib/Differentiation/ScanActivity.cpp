//===- ScanActivity.cpp - What depends on what through a scan -------------===//

#include "ScanActivity.h"

#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace bptt {

func::FuncOp getCell(ScanOp scan) {
  return SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(scan,
                                                            scan.getCellAttr());
}

namespace {

/// Sizes of a scan and how results of its cell depend on the cell's arguments
/// (without the step index).
struct Dependence {
  explicit Dependence(ScanOp scan)
      : numCarries(scan.getCarry().size()), numInputs(scan.getInputs().size()),
        numInvariants(scan.getInvariants().size()) {
    func::FuncOp cell = getCell(scan);
    Block &body = cell.getBody().front();
    Operation *terminator = body.getTerminator();
    uses.assign(terminator->getNumOperands(),
                llvm::BitVector(body.getNumArguments() - 1));
    for (auto [position, argument] :
         llvm::enumerate(body.getArguments().drop_front())) {
      if (!isDifferentiable(argument.getType()))
        continue;
      ValueSet varying = getVarying(body, {argument});
      for (auto [index, result] : llvm::enumerate(terminator->getOperands()))
        if (varying.contains(result))
          uses[index].set(position);
    }
  }

  /// Closes `arguments` over the carries: a carry that depends on one of them
  /// becomes one of them.
  llvm::BitVector propagateForward(llvm::BitVector arguments) const {
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t carry = 0; carry < numCarries; ++carry)
        if (!arguments.test(carry) && uses[carry].anyCommon(arguments)) {
          arguments.set(carry);
          changed = true;
        }
    }
    return arguments;
  }

  /// The arguments that `results` depend on, closed over the carries.
  llvm::BitVector propagateBackward(llvm::BitVector results) const {
    llvm::BitVector arguments(uses.empty() ? 0 : uses.front().size());
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t result = 0; result < uses.size(); ++result)
        if (results.test(result))
          arguments |= uses[result];
      for (size_t carry = 0; carry < numCarries; ++carry)
        if (arguments.test(carry) && !results.test(carry)) {
          results.set(carry);
          changed = true;
        }
    }
    // The initial value of a carry is also its final one in a sequence of no
    // steps.
    for (size_t carry = 0; carry < numCarries; ++carry)
      if (results.test(carry))
        arguments.set(carry);
    return arguments;
  }

  size_t numCarries, numInputs, numInvariants;
  SmallVector<llvm::BitVector> uses;
};

SmallVector<Value> getOperands(ScanOp scan) {
  SmallVector<Value> values(scan.getCarry());
  llvm::append_range(values, scan.getInputs());
  llvm::append_range(values, scan.getInvariants());
  return values;
}

llvm::BitVector getVaryingArguments(ScanOp scan, const Dependence &dependence,
                                    function_ref<bool(Value)> isVarying) {
  SmallVector<Value> operands = getOperands(scan);
  llvm::BitVector varying(operands.size());
  for (auto [index, operand] : llvm::enumerate(operands))
    if (isVarying(operand))
      varying.set(index);
  return dependence.propagateForward(std::move(varying));
}

SmallVector<int64_t> getFloatPositions(ValueRange values) {
  SmallVector<int64_t> positions;
  for (auto [index, value] : llvm::enumerate(values))
    if (isDifferentiable(value.getType()))
      positions.push_back(index);
  return positions;
}

} // namespace

SmallVector<Value> getVaryingResults(ScanOp scan, const ValueSet &varying) {
  SmallVector<Value> results;
  if (scan.getAdjoint()) {
    if (llvm::any_of(scan->getOperands(),
                     [&](Value value) { return varying.contains(value); }))
      llvm::copy_if(
          scan.getResults(), std::back_inserter(results),
          [](Value value) { return isDifferentiable(value.getType()); });
    return results;
  }
  Dependence dependence(scan);
  llvm::BitVector arguments = getVaryingArguments(
      scan, dependence, [&](Value value) { return varying.contains(value); });
  for (auto [index, result] : llvm::enumerate(scan.getResults()))
    if (index < dependence.numCarries
            ? arguments.test(index)
            : dependence.uses[index].anyCommon(arguments))
      results.push_back(result);
  return results;
}

ScanActivity getActivity(ScanOp scan, function_ref<bool(Value)> wantsCotangent,
                         function_ref<bool(Value)> hasCotangent) {
  ScanActivity activity;
  ValueRange outputs = scan.getResults().drop_front(scan.getCarry().size());
  if (scan.getAdjoint()) {
    activity.carries = getFloatPositions(scan.getCarry());
    activity.outputs = getFloatPositions(outputs);
    activity.inputs = getFloatPositions(scan.getInputs());
    activity.invariants = getFloatPositions(scan.getInvariants());
    return activity;
  }
  Dependence dependence(scan);
  llvm::BitVector seeds(scan.getNumResults());
  for (auto [index, result] : llvm::enumerate(scan.getResults()))
    if (hasCotangent(result))
      seeds.set(index);
  llvm::BitVector active =
      getVaryingArguments(scan, dependence, wantsCotangent);
  active &= dependence.propagateBackward(seeds);
  for (int64_t index : active.set_bits()) {
    int64_t input = index - dependence.numCarries,
            invariant = input - dependence.numInputs;
    if (input < 0)
      activity.carries.push_back(index);
    else if (invariant < 0)
      activity.inputs.push_back(input);
    else
      activity.invariants.push_back(invariant);
  }
  for (auto [index, output] : llvm::enumerate(outputs))
    if (hasCotangent(output))
      activity.outputs.push_back(index);
  return activity;
}

} // namespace bptt
