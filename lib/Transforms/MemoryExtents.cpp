//===- MemoryExtents.cpp - How far a program's views reach ----------------===//

#include "bptt/Transforms/MemoryExtents.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <map>
#include <vector>

using namespace mlir;
using namespace bptt;

namespace {

/// What is known of a value: a number, or a place in an argument.
struct Known {
  std::optional<int64_t> number;
  /// Position of the argument, or -1.
  int argument = -1;
  int64_t offset = 0;
};

/// Executes one function on what is known.
class Frame {
public:
  /// By function, and by the contents of its arguments.
  using Key = std::pair<Operation *, std::vector<const int32_t *>>;
  using Cache = std::map<Key, SmallVector<int64_t>>;

  Frame(func::FuncOp function, ArrayRef<MemoryArgument> arguments, Cache &cache)
      : function(function), arguments(arguments), cache(cache),
        extents(function.getNumArguments(), 0) {
    for (BlockArgument argument : function.getArguments())
      if (isa<MemRefType>(argument.getType()))
        known[argument] = {std::nullopt, int(argument.getArgNumber()), 0};
  }

  FailureOr<SmallVector<int64_t>> run() {
    if (function.isExternal())
      return function.emitError("has no body: its memory is not known");
    if (failed(execute(function.getBody().front())))
      return failure();
    return extents;
  }

private:
  std::optional<int64_t> getNumber(Value value) {
    return known.lookup(value).number;
  }
  void setNumber(Value value, int64_t number) {
    known[value] = Known{number, -1, 0};
  }
  void pass(ValueRange from, ValueRange to) {
    auto values =
        llvm::map_to_vector(from, [&](Value v) { return known.lookup(v); });
    for (auto [value, target] : llvm::zip(values, to))
      known[target] = value;
  }

  LogicalResult execute(Block &block) {
    for (Operation &op : block.without_terminator())
      if (failed(execute(&op)))
        return failure();
    return success();
  }

  LogicalResult execute(Operation *op) {
    // Known from the iteration before.
    for (Value result : op->getResults())
      known.erase(result);
    if (isa<memref::AllocOp, memref::AllocaOp, memref::ReallocOp>(op))
      return op->emitOpError("allocates outside the arena");
    if (auto view = dyn_cast<memref::ViewOp>(op))
      return executeView(view);
    if (auto call = dyn_cast<func::CallOp>(op))
      return executeCall(call);
    if (auto loop = dyn_cast<scf::ForOp>(op))
      return executeLoop(loop);
    if (auto choice = dyn_cast<scf::IfOp>(op))
      return executeIf(choice);
    if (auto dispatch = dyn_cast<scf::IndexSwitchOp>(op))
      return executeSwitch(dispatch);
    if (op->getNumRegions())
      return isInert(op) ? success()
                         : op->emitOpError(
                               "has regions that the analysis cannot follow");
    if (auto cast = dyn_cast<memref::CastOp>(op))
      pass(cast.getSource(), cast->getResults());
    else if (auto select = dyn_cast<arith::SelectOp>(op))
      executeSelect(select);
    else if (auto dim = dyn_cast<memref::DimOp>(op))
      executeDim(dim);
    else if (auto load = dyn_cast<memref::LoadOp>(op))
      executeLoad(load);
    else
      fold(op);
    return success();
  }

  /// Whether nothing in the regions of `op` touches memory that is not an
  /// operand already.
  bool isInert(Operation *op) {
    auto [entry, isNew] = inert.try_emplace(op, true);
    if (isNew)
      entry->second =
          !op->walk([](Operation *nested) {
               return isa<memref::AllocOp, memref::AllocaOp, memref::ReallocOp,
                          memref::ViewOp, func::CallOp>(nested)
                          ? WalkResult::interrupt()
                          : WalkResult::advance();
             }).wasInterrupted();
    return entry->second;
  }

  LogicalResult executeView(memref::ViewOp view) {
    Known source = known.lookup(view.getSource());
    std::optional<int64_t> shift = getNumber(view.getByteShift());
    MemRefType type = view.getType();
    std::optional<int64_t> bytes = getElementBytes(type);
    auto size = view.getSizes().begin();
    for (int64_t extent : type.getShape()) {
      std::optional<int64_t> known =
          ShapedType::isDynamic(extent) ? getNumber(*size++) : extent;
      bytes = bytes && known ? std::optional(*bytes * *known) : std::nullopt;
    }
    if (source.argument < 0 || !shift || !bytes)
      return view.emitOpError("is of a place or size that is not known");
    int64_t begin = source.offset + *shift;
    if (begin < 0)
      return view.emitOpError("begins ")
             << -begin << " bytes before its buffer";
    known[view] = {std::nullopt, source.argument, begin};
    extents[source.argument] =
        std::max(extents[source.argument], begin + *bytes);
    return success();
  }

  /// What a callee is called with, as far as it decides anything: tables.
  SmallVector<MemoryArgument> getArguments(func::CallOp call) {
    SmallVector<MemoryArgument> passed(call.getNumOperands());
    for (auto [operand, argument] : llvm::zip(call.getOperands(), passed)) {
      Known buffer = known.lookup(operand);
      if (buffer.argument >= 0 && buffer.offset == 0 &&
          size_t(buffer.argument) < arguments.size() &&
          !arguments[buffer.argument].contents.empty())
        argument = arguments[buffer.argument];
    }
    return passed;
  }

  /// A callee reaches the same bytes in every call with the same tables: its
  /// other integers are unknown to it.
  LogicalResult executeCall(func::CallOp call) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
    SmallVector<MemoryArgument> passed = getArguments(call);
    Key key{callee, {}};
    for (const MemoryArgument &argument : passed)
      key.second.push_back(argument.contents.data());
    auto found = cache.find(key);
    if (found == cache.end()) {
      FailureOr<SmallVector<int64_t>> result =
          Frame(callee, passed, cache).run();
      if (failed(result))
        return failure();
      found = cache.try_emplace(key, std::move(*result)).first;
    }
    for (auto [operand, bytes] :
         llvm::zip_equal(call.getOperands(), found->second)) {
      if (bytes == 0)
        continue;
      Known buffer = known.lookup(operand);
      if (buffer.argument < 0)
        return call.emitOpError("passes a buffer of a place that is not known");
      extents[buffer.argument] =
          std::max(extents[buffer.argument], buffer.offset + bytes);
    }
    return success();
  }

  LogicalResult executeLoop(scf::ForOp loop) {
    std::optional<int64_t> begin = getNumber(loop.getLowerBound()),
                           end = getNumber(loop.getUpperBound()),
                           step = getNumber(loop.getStep());
    bool isKnown = begin && end && step;
    // Nothing follows from such a loop but what it results in.
    if ((!isKnown || loop->getNumResults() == 0) && isInert(loop))
      return success();
    if (!isKnown)
      return loop.emitOpError("has bounds that are not known");
    pass(loop.getInitArgs(), loop.getRegionIterArgs());
    for (int64_t i = *begin; i < *end; i += *step) {
      setNumber(loop.getInductionVar(), i);
      if (failed(execute(*loop.getBody())))
        return failure();
      pass(loop.getYieldedValues(), loop.getRegionIterArgs());
    }
    pass(loop.getRegionIterArgs(), loop.getResults());
    return success();
  }

  LogicalResult executeRegion(Region &region, ValueRange results) {
    if (region.empty())
      return success();
    if (failed(execute(region.front())))
      return failure();
    pass(region.front().getTerminator()->getOperands(), results);
    return success();
  }

  LogicalResult executeIf(scf::IfOp choice) {
    std::optional<int64_t> condition = getNumber(choice.getCondition());
    if (!condition && isInert(choice))
      return success();
    if (!condition)
      return choice.emitOpError("has a condition that is not known");
    return executeRegion(*condition ? choice.getThenRegion()
                                    : choice.getElseRegion(),
                         choice.getResults());
  }

  LogicalResult executeSwitch(scf::IndexSwitchOp dispatch) {
    std::optional<int64_t> number = getNumber(dispatch.getArg());
    if (!number && isInert(dispatch))
      return success();
    if (!number)
      return dispatch.emitOpError("has an argument that is not known");
    for (auto [value, region] :
         llvm::zip_equal(dispatch.getCases(), dispatch.getCaseRegions()))
      if (value == *number)
        return executeRegion(region, dispatch.getResults());
    return executeRegion(dispatch.getDefaultRegion(), dispatch.getResults());
  }

  void executeSelect(arith::SelectOp select) {
    if (std::optional<int64_t> condition = getNumber(select.getCondition()))
      pass(*condition ? select.getTrueValue() : select.getFalseValue(),
           select->getResults());
    else
      fold(select);
  }

  void executeDim(memref::DimOp dim) {
    Known source = known.lookup(dim.getSource());
    std::optional<int64_t> index = getNumber(dim.getIndex());
    auto type = cast<MemRefType>(dim.getSource().getType());
    if (!index || *index >= type.getRank())
      return;
    if (!type.isDynamicDim(*index))
      setNumber(dim, type.getDimSize(*index));
    else if (source.argument >= 0 && source.offset == 0 &&
             size_t(source.argument) < arguments.size() &&
             size_t(*index) < arguments[source.argument].shape.size())
      setNumber(dim, arguments[source.argument].shape[*index]);
  }

  void executeLoad(memref::LoadOp load) {
    Known source = known.lookup(load.getMemRef());
    if (source.argument < 0 || size_t(source.argument) >= arguments.size())
      return;
    const MemoryArgument &argument = arguments[source.argument];
    int64_t position = 0;
    for (auto [extent, operand] :
         llvm::zip(argument.shape, load.getIndices())) {
      std::optional<int64_t> index = getNumber(operand);
      if (!index)
        return;
      position = position * extent + *index;
    }
    if (size_t(position) < argument.contents.size())
      setNumber(load, argument.contents[position]);
  }

  /// Arithmetic: what upstream folds to constants.
  void fold(Operation *op) {
    if (!llvm::all_of(op->getResultTypes(),
                      llvm::IsaPred<IndexType, IntegerType>))
      return;
    SmallVector<Attribute> operands;
    for (Value operand : op->getOperands()) {
      std::optional<int64_t> number = getNumber(operand);
      if (!number)
        return;
      operands.push_back(IntegerAttr::get(operand.getType(), *number));
    }
    SmallVector<OpFoldResult> results;
    if (failed(op->fold(operands, results)))
      return;
    for (auto [result, folded] : llvm::zip(op->getResults(), results)) {
      if (auto value = dyn_cast<Value>(folded))
        known[result] = known.lookup(value);
      else if (auto integer =
                   dyn_cast_if_present<IntegerAttr>(cast<Attribute>(folded)))
        setNumber(result, integer.getType().isInteger(1)
                              ? integer.getValue().getZExtValue()
                              : integer.getValue().getSExtValue());
    }
  }

  func::FuncOp function;
  ArrayRef<MemoryArgument> arguments;
  Cache &cache;
  SmallVector<int64_t> extents;
  llvm::DenseMap<Value, Known> known;
  llvm::DenseMap<Operation *, bool> inert;
};

} // namespace

FailureOr<SmallVector<int64_t>>
bptt::measureExtents(func::FuncOp function,
                     ArrayRef<MemoryArgument> arguments) {
  Frame::Cache cache;
  return Frame(function, arguments, cache).run();
}
