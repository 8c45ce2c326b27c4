//===- Bufferize.cpp - Tensors to memrefs, cells to destinations ----------===//

#include "InlineBody.h"

#include "bptt/Transforms/Passes.h"

#include "bptt/Dialect/BPTT/IR/Chain.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "bptt/Transforms/Arena.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace bptt;
namespace buf = mlir::bufferization;

namespace bptt {
#define GEN_PASS_DEF_BUFFERIZE
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

/// Where each result of a function goes: an existing argument, or -1 for a new
/// one.
using Destinations = SmallVector<int64_t>;

/// The results of an adjoint that are updates of arguments: the cotangents of
/// the carries, in place, and the accumulators, which are its last arguments.
Destinations getAdjointDestinations(BackwardOp op, func::FuncOp adjoint) {
  int64_t numArgs = adjoint.getNumArguments();
  int64_t numAccumulators = op.getWrtInvariants().size();
  int64_t firstCotangent = numArgs - numAccumulators - op.getOutputs().size() -
                           op.getCarries().size();
  Destinations destinations;
  for (size_t i = 0; i < op.getCarries().size(); ++i)
    destinations.push_back(firstCotangent + i);
  destinations.append(op.getWrtInputs().size(), -1);
  for (int64_t i = 0; i < numAccumulators; ++i)
    destinations.push_back(numArgs - numAccumulators + i);
  return destinations;
}

/// The results of a step's adjoint in a chain: cotangents of carries, which may
/// have other types than those that come in, are new; accumulators, its last
/// arguments, are updated.
Destinations getStepAdjointDestinations(ChainBackwardOp op,
                                        func::FuncOp adjoint) {
  Destinations destinations(op.getCarries().size(), -1);
  int64_t numAccumulators = adjoint.getNumResults() - destinations.size();
  for (int64_t i = numAccumulators; i > 0; --i)
    destinations.push_back(adjoint.getNumArguments() - i);
  return destinations;
}

/// The functions that recurrences name, with the destinations of their results,
/// in order of appearance.
LogicalResult collectCells(ModuleOp module,
                           llvm::MapVector<func::FuncOp, Destinations> &cells) {
  SymbolTable symbols(module);
  auto add = [&](StringRef name, Operation *adjointOf = {}) -> LogicalResult {
    auto cell = symbols.lookup<func::FuncOp>(name);
    Destinations destinations(cell.getNumResults(), -1);
    if (auto backward = dyn_cast_if_present<BackwardOp>(adjointOf))
      destinations = getAdjointDestinations(backward, cell);
    else if (auto backward = dyn_cast_if_present<ChainBackwardOp>(adjointOf))
      destinations = getStepAdjointDestinations(backward, cell);
    auto [it, inserted] = cells.insert({cell, destinations});
    if (!inserted && it->second != destinations)
      return cell.emitOpError(
          "is used both as an adjoint and as another function of a cell");
    return success();
  };
  // Of every step of a chain, and in every mode.
  auto addAll = [&](std::optional<ArrayAttr> names, Operation *adjointOf = {}) {
    SmallVector<StringRef> all;
    if (names)
      names->walk(
          [&](FlatSymbolRefAttr name) { all.push_back(name.getValue()); });
    return success(llvm::all_of(
        all, [&](StringRef name) { return succeeded(add(name, adjointOf)); }));
  };
  WalkResult result = module.walk([&](Operation *op) {
    LogicalResult added = success();
    if (auto scan = dyn_cast<ScanOp>(op)) {
      added = add(scan.getCell());
    } else if (auto forward = dyn_cast<ForwardOp>(op)) {
      added = add(forward.getCell());
      for (unsigned mode = 0; mode < forward.getNumTapeModes(); ++mode)
        if (succeeded(added))
          added = add(forward.getTapedIn(mode).getValue());
    } else if (auto backward = dyn_cast<BackwardOp>(op)) {
      added = add(backward.getAdvance());
      for (unsigned mode = 0; mode < backward.getNumTapeModes(); ++mode)
        if (succeeded(added))
          added = success(
              succeeded(add(backward.getTapedIn(mode).getValue())) &&
              succeeded(add(backward.getAdjointIn(mode).getValue(), backward)));
    } else if (auto forward = dyn_cast<ChainForwardOp>(op)) {
      added = success(succeeded(addAll(forward.getCells())) &&
                      succeeded(addAll(forward.getTaped())) &&
                      succeeded(addAll(forward.getOtherTaped())));
    } else if (auto backward = dyn_cast<ChainBackwardOp>(op)) {
      added = success(succeeded(addAll(backward.getAdvance())) &&
                      succeeded(addAll(backward.getTaped())) &&
                      succeeded(addAll(backward.getOtherTaped())) &&
                      succeeded(addAll(backward.getAdjoint(), backward)) &&
                      succeeded(addAll(backward.getOtherAdjoints(), backward)));
    }
    return failed(added) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// The argument that `value` is, or is a part or another shape of; or null.
BlockArgument getViewedArgument(Value value) {
  while (isa_and_present<tensor::ExtractSliceOp, tensor::CollapseShapeOp,
                         tensor::ExpandShapeOp, tensor::CastOp>(
      value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return dyn_cast<BlockArgument>(value);
}

/// Adds an argument for every result that has no destination, and says of every
/// argument of tensor type whether it is written.
void addDestinations(func::FuncOp function,
                     MutableArrayRef<int64_t> destinations) {
  OpBuilder builder(function.getContext());
  StringRef writable = buf::BufferizationDialect::kWritableAttrName;
  for (auto [index, destination] : llvm::enumerate(destinations)) {
    if (destination >= 0)
      continue;
    destination = function.getNumArguments();
    Value result =
        function.getBody().front().getTerminator()->getOperand(index);
    (void)function.insertArgument(destination, result.getType(), {},
                                  result.getLoc());
  }
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (isa<TensorType>(function.getArgument(i).getType()))
      function.setArgAttr(
          i, writable,
          builder.getBoolAttr(llvm::is_contained(destinations, i)));
}

/// Gives every result of `function` a destination argument: the results are
/// materialised there.
void passDestinations(func::FuncOp function, ArrayRef<int64_t> given) {
  Destinations destinations(given);
  addDestinations(function, destinations);
  auto returnOp =
      cast<func::ReturnOp>(function.getBody().front().getTerminator());
  OpBuilder builder(returnOp);
  auto isUpdate = [&](unsigned index) { return given[index] >= 0; };
  auto stays = [&](unsigned index) {
    return returnOp.getOperand(index) ==
           function.getArgument(destinations[index]);
  };
  // What stays where it is needs no copy of another result; updates come last,
  // since results may be what an argument held.
  SmallVector<unsigned> order =
      llvm::to_vector(llvm::seq<unsigned>(destinations.size()));
  llvm::stable_sort(order, [&](unsigned a, unsigned b) {
    auto rank = [&](unsigned i) { return stays(i) ? 0 : 1 + isUpdate(i); };
    return rank(a) < rank(b);
  });
  // An update that is another updated argument reads it first.
  SmallVector<Value> results(returnOp.getOperands());
  for (unsigned index : order) {
    BlockArgument viewed = getViewedArgument(results[index]);
    bool isOverwritten =
        viewed && llvm::any_of(order, [&](unsigned other) {
          return destinations[other] == viewed.getArgNumber() && !stays(other);
        });
    if (!isUpdate(index) || stays(index) || !isOverwritten)
      continue;
    Location loc = results[index].getLoc();
    Value empty = tensor::EmptyOp::create(
        builder, loc, tensor::getMixedSizes(builder, loc, results[index]),
        getElementTypeOrSelf(results[index].getType()));
    results[index] = linalg::CopyOp::create(builder, loc, results[index], empty)
                         .getResult(0);
  }
  DenseMap<Value, Value> materializedFor;
  for (unsigned index : order) {
    Value result = results[index];
    Value destination = function.getArgument(destinations[index]);
    Location loc = result.getLoc();
    // A value that is returned twice can be computed in one place only.
    if (Value first = materializedFor.lookup(result))
      result =
          linalg::CopyOp::create(builder, loc, first, destination).getResult(0);
    auto materialized = buf::MaterializeInDestinationOp::create(
        builder, loc, result.getType(), result, destination,
        /*restrict=*/false, /*writable=*/false);
    materializedFor.try_emplace(results[index], materialized.getResult());
    returnOp.setOperand(index, materialized.getResult());
  }
}

/// Drops the results of a bufferized function, which stand in their
/// destinations already, or are copied.
void dropResults(func::FuncOp function, ArrayRef<int64_t> destinations) {
  auto returnOp =
      cast<func::ReturnOp>(function.getBody().front().getTerminator());
  OpBuilder builder(returnOp);
  unsigned nextNew = function.getNumArguments() - llvm::count(destinations, -1);
  for (auto [index, destination] : llvm::enumerate(destinations)) {
    Value target =
        function.getArgument(destination < 0 ? nextNew++ : destination);
    Value source = returnOp.getOperand(index);
    while (auto cast = source.getDefiningOp<memref::CastOp>())
      source = cast.getSource();
    if (source != target)
      memref::CopyOp::create(builder, returnOp.getLoc(),
                             returnOp.getOperand(index), target);
  }
  returnOp->setOperands({});
  BitVector all(function.getNumResults(), true);
  (void)function.eraseResults(all);
}

/// Results of other functions become destination arguments as well: a buffer
/// that is allocated here and returned is the caller's from the start.
void passResultsOut(func::FuncOp function) {
  auto returnOp =
      cast<func::ReturnOp>(function.getBody().front().getTerminator());
  OpBuilder builder(returnOp);
  BitVector dropped(function.getNumResults());
  for (unsigned index = 0; index < function.getNumResults(); ++index) {
    Value result = returnOp.getOperand(index);
    auto type = dyn_cast<MemRefType>(result.getType());
    if (!type)
      continue;
    dropped.set(index);
    auto plain = MemRefType::get(type.getShape(), type.getElementType());
    unsigned argument = function.getNumArguments();
    (void)function.insertArgument(argument, plain, {}, result.getLoc());
    Value target = function.getArgument(argument);
    Value source = result;
    while (auto cast = source.getDefiningOp<memref::CastOp>())
      source = cast.getSource();
    if (auto alloc = source.getDefiningOp<memref::AllocOp>();
        alloc && alloc.getType() == plain &&
        alloc->getBlock() == returnOp->getBlock()) {
      alloc.replaceAllUsesWith(target);
      alloc.erase();
    } else {
      memref::CopyOp::create(builder, returnOp.getLoc(), result, target);
    }
  }
  SmallVector<Value> kept;
  for (unsigned index = 0; index < function.getNumResults(); ++index)
    if (!dropped[index])
      kept.push_back(returnOp.getOperand(index));
  returnOp->setOperands(kept);
  (void)function.eraseResults(dropped);
}

/// Scalars of float type that a public function returns travel as rank-0
/// tensors.
void returnScalarsAsTensors(func::FuncOp function) {
  auto returnOp =
      cast<func::ReturnOp>(function.getBody().front().getTerminator());
  OpBuilder builder(returnOp);
  SmallVector<Type> results(function.getResultTypes());
  for (auto [index, operand] :
       llvm::enumerate(llvm::to_vector(returnOp.getOperands()))) {
    if (!isa<FloatType, IntegerType, IndexType>(operand.getType()))
      continue;
    results[index] = RankedTensorType::get({}, operand.getType());
    returnOp.setOperand(
        index, tensor::FromElementsOp::create(builder, operand.getLoc(),
                                              results[index], operand));
  }
  function.setFunctionType(FunctionType::get(
      function.getContext(), function.getArgumentTypes(), results));
}

struct Bufferize : bptt::impl::BufferizeBase<Bufferize> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    inlineSteps(module);
    forgetRules(module);
    llvm::MapVector<func::FuncOp, Destinations> cells;
    if (failed(collectCells(module, cells)))
      return signalPassFailure();
    auto unit = UnitAttr::get(&getContext());
    for (auto &[cell, destinations] : cells) {
      cell->setAttr(kCellAttr, unit);
      passDestinations(cell, destinations);
    }
    SmallVector<func::FuncOp> entries;
    for (auto function : module.getOps<func::FuncOp>()) {
      if (function.isExternal() || function->hasAttr(kCellAttr) ||
          !function.isPublic())
        continue;
      entries.push_back(function);
      returnScalarsAsTensors(function);
      for (unsigned i = 0; i < function.getNumArguments(); ++i) {
        function.removeArgAttr(i, "bptt.wrt");
        function.setArgAttr(i, buf::BufferizationDialect::kWritableAttrName,
                            BoolAttr::get(&getContext(), false));
      }
    }
    if (failed(bufferize(module)))
      return signalPassFailure();
    for (auto &[cell, destinations] : cells)
      dropResults(cell, destinations);
    for (func::FuncOp function : entries)
      passResultsOut(function);
  }

  /// Steps of which only the value is wanted.
  static void inlineSteps(ModuleOp module) {
    SmallVector<ChainOp> chains;
    module.walk([&](ChainOp chain) { chains.push_back(chain); });
    llvm::for_each(chains, splitChain);
    SmallVector<StepOp> steps;
    module.walk([&](StepOp step) { steps.push_back(step); });
    SymbolTable symbols(module);
    for (StepOp step : steps)
      inlineStep(step, symbols.lookup<func::FuncOp>(step.getCell()));
  }

  /// Scans that no gradient goes through need no derivative of their cells.
  static void forgetRules(ModuleOp module) {
    SymbolTable symbols(module);
    llvm::SetVector<StringAttr> names;
    module.walk([&](ScanOp scan) {
      for (Attribute rule : {scan.removeTapedAttr(), scan.removeAdjointAttr()})
        if (rule)
          names.insert(cast<FlatSymbolRefAttr>(rule).getAttr());
    });
    for (StringAttr name : names) {
      auto rule = symbols.lookup<func::FuncOp>(name);
      if (rule.isPrivate() && SymbolTable::symbolKnownUseEmpty(rule, module))
        symbols.erase(rule);
    }
  }

  LogicalResult bufferize(ModuleOp module) {
    buf::OneShotBufferizationOptions options;
    options.bufferizeFunctionBoundaries = true;
    options.allowReturnAllocsFromLoops = true;
    options.setFunctionBoundaryTypeConversion(
        buf::LayoutMapOption::InferLayoutMap);
    options.functionArgTypeConverterFn =
        [](buf::TensorLikeType type, Attribute space, func::FuncOp function,
           const buf::BufferizationOptions &) {
          return cast<buf::BufferLikeType>(
              getArgumentType(cast<TensorType>(type), space, function));
        };
    computeInDestinations(module, options);
    buf::BufferizationState state;
    return buf::runOneShotModuleBufferize(module, options, state);
  }

  /// Lets results be computed where they go, in place of a copy. Not in
  /// functions where that cannot be bufferized: of two results one of which is
  /// made of the other, both would be computed in the destination of one.
  static void
  computeInDestinations(ModuleOp module,
                        const buf::OneShotBufferizationOptions &options) {
    IRRewriter rewriter(module.getContext());
    auto succeeds = [&](Operation *root) {
      ScopedDiagnosticHandler silent(module.getContext(),
                                     [](Diagnostic &) { return success(); });
      if (failed(buf::eliminateEmptyTensors(rewriter, root)))
        return false;
      buf::OneShotAnalysisState analysis(module, options);
      return succeeded(buf::analyzeModuleOp(module, analysis));
    };
    std::vector<OwningOpRef<func::FuncOp>> originals;
    auto functions = llvm::to_vector(module.getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      originals.push_back(function.clone());
    if (succeeds(module))
      return;
    for (auto [function, original] : llvm::zip_equal(functions, originals))
      function.getBody().takeBody(original->getBody());
    for (func::FuncOp function : functions) {
      OwningOpRef<func::FuncOp> original = function.clone();
      if (!succeeds(function))
        function.getBody().takeBody(original->getBody());
    }
  }

  /// Callers hand over dense memrefs; cells are handed parts of larger ones, so
  /// their offset is free.
  static Type getArgumentType(TensorType type, Attribute space,
                              func::FuncOp function) {
    auto tensor = cast<RankedTensorType>(type);
    auto dense = MemRefType::get(tensor.getShape(), tensor.getElementType(),
                                 AffineMap(), space);
    if (!function->hasAttr(kCellAttr))
      return dense;
    auto [strides, offset] = dense.getStridesAndOffset();
    (void)offset;
    return MemRefType::get(tensor.getShape(), tensor.getElementType(),
                           StridedLayoutAttr::get(function.getContext(),
                                                  ShapedType::kDynamic,
                                                  strides),
                           space);
  }
};

} // namespace
