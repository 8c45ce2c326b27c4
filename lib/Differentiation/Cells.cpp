//===- Cells.cpp - Functions derived from a cell --------------------------===//

#include "Cells.h"

#include "Normalize.h"
#include "Residuals.h"
#include "SliceCotangent.h"
#include "TidyScans.h"
#include "bptt/Dialect/BPTT/IR/Chain.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "llvm/ADT/ScopeExit.h"

using namespace mlir;

namespace bptt {

//===----------------------------------------------------------------------===//
// Replay forms
//===----------------------------------------------------------------------===//

static func::ReturnOp getReturn(func::FuncOp function) {
  return cast<func::ReturnOp>(function.getBody().front().getTerminator());
}

/// A copy of `cell` that returns `results`, values in `cell`.
static func::FuncOp cloneReturning(func::FuncOp cell, ArrayRef<Value> results) {
  IRMapping mapping;
  func::FuncOp clone = cell.clone(mapping);
  func::ReturnOp terminator = getReturn(clone);
  terminator->setOperands(llvm::map_to_vector(
      results, [&](Value value) { return mapping.lookup(value); }));
  clone.setType(FunctionType::get(clone.getContext(), cell.getArgumentTypes(),
                                  terminator.getOperandTypes()));
  clone.removeResAttrsAttr();
  return clone;
}

static SmallVector<Value> getCarriesOut(func::FuncOp cell, size_t numCarries) {
  return SmallVector<Value>(
      getReturn(cell).getOperands().take_front(numCarries));
}

FlatSymbolRefAttr CellLibrary::insert(func::FuncOp function, func::FuncOp cell,
                                      const Twine &suffix) {
  function.setName((cell.getName() + "_" + suffix).str());
  function.setPrivate();
  symbols.insert(function);
  simplify(function);
  return FlatSymbolRefAttr::get(function.getNameAttr());
}

FlatSymbolRefAttr CellLibrary::getAdvance(func::FuncOp cell,
                                          size_t numCarries) {
  for (auto &[known, advance] : advances)
    if (known == cell)
      return advance;
  FlatSymbolRefAttr advance = insert(
      cloneReturning(cell, getCarriesOut(cell, numCarries)), cell, "advance");
  advances.push_back({cell, advance});
  return advance;
}

LogicalResult CellLibrary::normalizeCells(func::FuncOp function) {
  tidyScans(function, symbols);
  open.push_back(function);
  WalkResult walk = function.walk([&](Operation *op) -> WalkResult {
    if (auto scan = dyn_cast<ScanOp>(op))
      return scan.getAdjoint() ? verifyNotOpen(scan, getCell(scan))
                               : normalizeCell(scan, getCell(scan));
    if (auto chain = dyn_cast<ChainOp>(op))
      for (size_t step = 0; step < chain.getCells().size(); ++step)
        if (failed(normalizeCell(chain, getCell(chain, step))))
          return failure();
    return success();
  });
  open.pop_back();
  return failure(walk.wasInterrupted());
}

LogicalResult CellLibrary::verifyNotOpen(Operation *user, func::FuncOp cell) {
  if (llvm::is_contained(open, cell))
    return user->emitOpError()
           << "stands inside its own cell @" << cell.getName()
           << "; recursion has no differentiation rule";
  return success();
}

LogicalResult CellLibrary::normalizeCell(Operation *user, func::FuncOp cell) {
  if (failed(verifyNotOpen(user, cell)))
    return failure();
  if (llvm::is_contained(normalized, cell))
    return success();
  normalized.push_back(cell);
  return success(succeeded(normalize(cell)) && succeeded(normalizeCells(cell)));
}

//===----------------------------------------------------------------------===//
// The adjoint
//===----------------------------------------------------------------------===//

namespace {

/// Derives the adjoint of one cell.
class CellAdjoint {
public:
  CellAdjoint(func::FuncOp cell, const ScanActivity &activity,
              size_t numCarries, size_t numInputs, CellLibrary &cells)
      : cell(cell), cells(cells), activity(activity),
        carriesIn(getArguments(0, numCarries)),
        inputs(getArguments(numCarries, numInputs)),
        invariants(cell.getArguments().drop_front(1 + numCarries + numInputs)),
        carriesOut(getReturn(cell).getOperands().take_front(numCarries)),
        outputs(getReturn(cell).getOperands().drop_front(numCarries)) {
    for (Value value : select(carriesIn, activity.carries))
      wrt.push_back(value);
    llvm::append_range(wrt, select(inputs, activity.inputs));
    llvm::append_range(wrt, select(invariants, activity.invariants));
    llvm::append_range(seeds, select(carriesOut, activity.carries));
    llvm::append_range(seeds, select(outputs, activity.outputs));
  }

  /// What the step has to keep for this adjoint, in each mode.
  FailureOr<SmallVector<SmallVector<Value>>>
  chooseResiduals(unsigned maxModes) {
    AdjointRequest request(getVarying(cell.getBody().front(), wrt));
    for (Value seed : seeds)
      request.contribute(seed);
    if (failed(describeAdjoint(cell.getBody().front(), request)))
      return failure();
    return bptt::chooseResiduals(cell, carriesOut.size(), request.getNeeded(),
                                 maxModes);
  }

  FailureOr<func::FuncOp> build(ArrayRef<Value> residuals) {
    addArguments(residuals);
    SmallVector<Type> results;
    for (auto [index, value] : llvm::enumerate(wrt))
      results.push_back(isInput(index) ? value.getType()
                                       : getCotangentType(value.getType()));
    function = func::FuncOp::create(
        cell.getLoc(), "adjoint",
        FunctionType::get(cell.getContext(), argumentTypes, results));
    Block *body = function.addEntryBlock();
    OpBuilder builder = OpBuilder::atBlockBegin(body);
    AdjointBuilder adjoint(builder, getVarying(cell.getBody().front(), wrt),
                           mapKnown(body),
                           /*inPlace=*/false, &cells);
    size_t position = stands.size();
    size_t accumulators = position + seeds.size();
    for (Value invariant : select(invariants, activity.invariants)) {
      adjoint.startAt(invariant, body->getArgument(accumulators++));
      aliasSlices(invariant, adjoint);
    }
    for (Value seed : seeds)
      adjoint.addCotangent(cell.getLoc(), seed, body->getArgument(position++));
    if (failed(buildAdjoint(cell.getBody().front(), adjoint))) {
      function.erase();
      return failure();
    }
    SmallVector<Value> values;
    for (auto [value, type] : llvm::zip_equal(wrt, results))
      values.push_back(
          convertFloats(builder, cell.getLoc(),
                        adjoint.getAccumulator(cell.getLoc(), value), type));
    func::ReturnOp::create(builder, cell.getLoc(), values);
    return function;
  }

private:
  ValueRange getArguments(size_t begin, size_t size) {
    return cell.getArguments().slice(1 + begin, size);
  }
  static SmallVector<Value> select(ValueRange values,
                                   ArrayRef<int64_t> positions) {
    return llvm::map_to_vector(positions,
                               [&](int64_t index) { return values[index]; });
  }

  /// Whether this of `wrt` is an input of the step, whose cotangent is stacked.
  bool isInput(size_t index) const {
    size_t numCarries = activity.carries.size();
    return index >= numCarries && index < numCarries + activity.inputs.size();
  }

  /// The order of arguments that bptt.backward documents. `stands` holds what
  /// each of the first stands for.
  void addArguments(ArrayRef<Value> residuals) {
    stands.push_back(cell.getArgument(0));
    llvm::append_range(stands, residuals);
    llvm::append_range(stands, carriesIn);
    llvm::append_range(stands, carriesOut);
    llvm::append_range(stands, inputs);
    llvm::append_range(stands, invariants);
    for (Value value : stands)
      argumentTypes.push_back(value.getType());
    for (Value carry : select(carriesOut, activity.carries))
      argumentTypes.push_back(getCotangentType(carry.getType()));
    for (Value output : select(outputs, activity.outputs))
      argumentTypes.push_back(output.getType());
    for (Value invariant : select(invariants, activity.invariants))
      argumentTypes.push_back(getCotangentType(invariant.getType()));
  }

  /// A carry handed on as it came in stands twice: it is read where it came in.
  IRMapping mapKnown(Block *body) {
    IRMapping known;
    for (auto [value, argument] : llvm::zip(stands, body->getArguments()))
      if (!known.contains(value) || isa<BlockArgument>(value))
        known.map(value, argument);
    for (auto [index, carry] : llvm::enumerate(carriesIn))
      known.map(carry, body->getArgument(stands.size() - inputs.size() -
                                         invariants.size() -
                                         2 * carriesIn.size() + index));
    return known;
  }

  func::FuncOp cell, function;
  CellLibrary &cells;
  const ScanActivity &activity;
  ValueRange carriesIn, inputs, invariants, carriesOut, outputs;
  SmallVector<Value> wrt, seeds, stands;
  SmallVector<Type> argumentTypes;
};

} // namespace

FailureOr<DerivedCell>
CellLibrary::deriveOwn(func::FuncOp cell, const ScanActivity &activity,
                       size_t numCarries, size_t numInputs, unsigned maxModes) {
  // In the module, where recurrences inside it find their cells.
  func::FuncOp fine = cell.clone();
  fine.setPrivate();
  symbols.insert(fine);
  llvm::scope_exit erase([&] { symbols.erase(fine); });
  decomposeElementwise(fine);
  auto modes = CellAdjoint(fine, activity, numCarries, numInputs, *this)
                   .chooseResiduals(maxModes);
  if (failed(modes))
    return failure();
  DerivedCell derived;
  derived.advance = getAdvance(cell, numCarries);
  for (auto [mode, residuals] : llvm::enumerate(*modes)) {
    FailureOr<func::FuncOp> function =
        CellAdjoint(fine, activity, numCarries, numInputs, *this)
            .build(residuals);
    if (failed(function))
      return failure();
    SmallVector<Value> taped(getReturn(fine).getOperands());
    SmallVector<Value> retaped = getCarriesOut(fine, numCarries);
    llvm::append_range(taped, residuals);
    llvm::append_range(retaped, residuals);
    std::string number = mode ? std::to_string(mode) : "";
    derived.taped.push_back(
        insert(cloneReturning(fine, taped), cell, "taped" + number));
    derived.retaped.push_back(
        insert(cloneReturning(fine, retaped), cell, "retaped" + number));
    derived.adjoints.push_back(insert(*function, cell, "adjoint" + number));
  }
  return derived;
}

//===----------------------------------------------------------------------===//
// Rules supplied by the user
//===----------------------------------------------------------------------===//

static LogicalResult compareTypes(ScanOp scan, func::FuncOp function,
                                  TypeRange found, ArrayRef<Type> expected,
                                  StringRef what) {
  if (found.size() != expected.size())
    return scan.emitOpError()
           << "@" << function.getName() << " has " << found.size() << " "
           << what << "s, expected " << expected.size()
           << ": a supplied adjoint covers every carry, output, input and "
              "invariant of floating-point type";
  for (auto [index, type] : llvm::enumerate(expected))
    if (found[index] != type)
      return scan.emitOpError()
             << "@" << function.getName() << " " << what << " #" << index
             << " is " << found[index] << ", expected " << type;
  return success();
}

static LogicalResult checkAdjoint(ScanOp scan, func::FuncOp taped,
                                  func::FuncOp adjoint,
                                  const ScanActivity &activity) {
  func::FuncOp cell = getCell(scan);
  size_t numCarries = scan.getCarry().size(),
         numInputs = scan.getInputs().size();
  ArrayRef<Type> cellArguments = cell.getArgumentTypes(),
                 cellResults = cell.getResultTypes();
  SmallVector<Type> arguments{cellArguments.front()}, results;
  llvm::append_range(arguments,
                     taped.getResultTypes().drop_front(cellResults.size()));
  llvm::append_range(arguments, cellArguments.slice(1, numCarries));
  llvm::append_range(arguments, cellArguments.drop_front());
  for (int64_t carry : activity.carries) {
    arguments.push_back(getCotangentType(cellArguments[1 + carry]));
    results.push_back(arguments.back());
  }
  for (int64_t output : activity.outputs)
    arguments.push_back(cellResults[numCarries + output]);
  for (int64_t input : activity.inputs)
    results.push_back(cellArguments[1 + numCarries + input]);
  for (int64_t invariant : activity.invariants) {
    arguments.push_back(getCotangentType(
        cellArguments[1 + numCarries + numInputs + invariant]));
    results.push_back(arguments.back());
  }
  if (failed(compareTypes(scan, adjoint, adjoint.getArgumentTypes(), arguments,
                          "argument")))
    return failure();
  return compareTypes(scan, adjoint, adjoint.getResultTypes(), results,
                      "result");
}

FailureOr<DerivedCell> CellLibrary::adoptRule(ScanOp scan,
                                              const ScanActivity &activity) {
  func::FuncOp cell = getCell(scan);
  auto taped = symbols.lookup<func::FuncOp>(*scan.getTaped());
  auto adjoint = symbols.lookup<func::FuncOp>(*scan.getAdjoint());
  if (failed(checkAdjoint(scan, taped, adjoint, activity)))
    return failure();
  if (!taped.getBody().hasOneBlock() || !cell.getBody().hasOneBlock())
    return scan.emitOpError()
           << "@" << (taped.getBody().hasOneBlock() ? cell : taped).getName()
           << " has several blocks, so its outputs cannot be dropped";
  SmallVector<Value> retaped(getReturn(taped).getOperands());
  retaped.erase(retaped.begin() + scan.getCarry().size(),
                retaped.begin() + cell.getNumResults());
  DerivedCell derived;
  derived.advance = getAdvance(cell, scan.getCarry().size());
  derived.taped.push_back(scan.getTapedAttr());
  derived.retaped.push_back(
      insert(cloneReturning(taped, retaped), cell, "retaped"));
  derived.adjoints.push_back(scan.getAdjointAttr());
  return derived;
}

FailureOr<DerivedCell>
CellLibrary::derive(ScanOp scan, const ScanActivity &activity, bool isInCell) {
  func::FuncOp cell = getCell(scan), taped, adjoint;
  if (scan.getAdjoint()) {
    taped = symbols.lookup<func::FuncOp>(*scan.getTaped());
    adjoint = symbols.lookup<func::FuncOp>(*scan.getAdjoint());
  }
  for (const Entry &entry : entries)
    if (entry.cell == cell && entry.taped == taped &&
        entry.adjoint == adjoint && entry.activity == activity &&
        entry.isInCell == isInCell && !entry.isStep)
      return entry.derived;
  FailureOr<DerivedCell> derived =
      scan.getAdjoint()
          ? adoptRule(scan, activity)
          : deriveOwn(cell, activity, scan.getCarry().size(),
                      scan.getInputs().size(), isInCell ? 1 : maxTapeModes);
  if (succeeded(derived))
    entries.push_back({cell, taped, adjoint, activity, isInCell,
                       /*isStep=*/false, *derived});
  return derived;
}

FailureOr<DerivedCell> CellLibrary::deriveStep(func::FuncOp cell,
                                               const ScanActivity &activity,
                                               size_t numCarries) {
  for (const Entry &entry : entries)
    if (entry.isStep && entry.cell == cell && entry.activity == activity)
      return entry.derived;
  FailureOr<DerivedCell> derived =
      deriveOwn(cell, activity, numCarries, /*numInputs=*/0, maxTapeModes);
  if (succeeded(derived))
    entries.push_back({cell,
                       {},
                       {},
                       activity,
                       /*isInCell=*/false,
                       /*isStep=*/true,
                       *derived});
  return derived;
}

} // namespace bptt
