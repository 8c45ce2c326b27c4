//===- MemoryRegion.cpp - Which bytes a memref may touch ------------------===//

#include "MemoryRegion.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include <numeric>

using namespace mlir;
using namespace bptt;

static Value stripCasts(Value memref) {
  while (auto cast = memref.getDefiningOp<memref::CastOp>())
    memref = cast.getSource();
  return memref;
}

/// Bytes from the first to behind the last element, or nothing where that is
/// known only at run time.
static std::optional<int64_t> getSpan(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!type.hasStaticShape() ||
      failed(type.getStridesAndOffset(strides, offset)))
    return std::nullopt;
  int64_t last = 0;
  for (auto [extent, stride] : llvm::zip(type.getShape(), strides)) {
    if (extent == 0)
      return 0;
    if (ShapedType::isDynamic(stride))
      return std::nullopt;
    last += (extent - 1) * stride;
  }
  return (last + 1) * getElementBytes(type);
}

/// Splits an offset in bytes into a value and a constant.
static std::pair<Value, int64_t> splitOffset(Value offset) {
  int64_t constant = 0;
  while (auto add = offset.getDefiningOp<arith::AddIOp>()) {
    if (std::optional<int64_t> rhs = getConstantIntValue(add.getRhs())) {
      constant += *rhs;
      offset = add.getLhs();
    } else if (std::optional<int64_t> lhs = getConstantIntValue(add.getLhs())) {
      constant += *lhs;
      offset = add.getRhs();
    } else {
      break;
    }
  }
  if (std::optional<int64_t> all = getConstantIntValue(offset))
    return {Value(), constant + *all};
  return {offset, constant};
}

/// Bytes from the first element of the source of a subview to its own, if they
/// are known.
static std::optional<int64_t> getStaticOffset(memref::SubViewOp subview) {
  SmallVector<int64_t> strides;
  int64_t offset, elements = 0;
  MemRefType source = subview.getSourceType();
  if (failed(source.getStridesAndOffset(strides, offset)))
    return std::nullopt;
  for (auto [position, stride] :
       llvm::zip(subview.getStaticOffsets(), strides)) {
    if (ShapedType::isDynamic(position) ||
        (ShapedType::isDynamic(stride) && position != 0))
      return std::nullopt;
    if (position != 0)
      elements += position * stride;
  }
  return elements * getElementBytes(source);
}

MemoryRegion MemoryRegion::get(Value memref) {
  memref = stripCasts(memref);
  MemoryRegion region;
  Operation *op = memref.getDefiningOp();
  if (auto view = dyn_cast_or_null<memref::ViewOp>(op)) {
    region = get(view.getSource());
    auto [value, constant] = splitOffset(view.getByteShift());
    if (region.shift && value) { // anywhere
      region.isExact = false;
      region.shift = Value();
      region.begin = INT64_MIN;
      region.end = INT64_MAX;
    }
    if (region.isExact) {
      region.shift = region.shift ? region.shift : value;
      region.begin += constant;
    }
  } else if (auto subview = dyn_cast_or_null<memref::SubViewOp>(op)) {
    region = get(subview.getSource());
    std::optional<int64_t> offset = getStaticOffset(subview);
    region.isExact &= offset.has_value();
    if (region.isExact)
      region.begin += *offset;
  } else if (auto collapse = dyn_cast_or_null<memref::CollapseShapeOp>(op)) {
    region = get(collapse.getSrc());
  } else if (auto expand = dyn_cast_or_null<memref::ExpandShapeOp>(op)) {
    region = get(expand.getSrc());
  } else {
    region.root = memref;
  }
  region.memref = memref;
  if (!region.isExact) // somewhere in its source
    return region;
  std::optional<int64_t> span = getSpan(cast<MemRefType>(memref.getType()));
  region.end = span ? region.begin + *span : INT64_MAX;
  return region;
}

/// Whether two parts of one memref are apart along some dimension, as the
/// gates in the columns of one product are.
static bool areApart(Value a, Value b) {
  auto first = a.getDefiningOp<memref::SubViewOp>();
  auto second = b.getDefiningOp<memref::SubViewOp>();
  if (!first || !second ||
      stripCasts(first.getSource()) != stripCasts(second.getSource()))
    return false;
  auto isUnit = [](int64_t stride) { return stride == 1; };
  if (!llvm::all_of(first.getStaticStrides(), isUnit) ||
      !llvm::all_of(second.getStaticStrides(), isUnit))
    return false;
  for (auto [begin, size, otherBegin, otherSize] :
       llvm::zip_equal(first.getStaticOffsets(), first.getStaticSizes(),
                       second.getStaticOffsets(), second.getStaticSizes())) {
    if (llvm::is_contained({begin, size, otherBegin, otherSize},
                           ShapedType::kDynamic))
      continue;
    if (begin + size <= otherBegin || otherBegin + otherSize <= begin)
      return true;
  }
  return false;
}

bool MemoryRegion::isDisjointFrom(const MemoryRegion &other) const {
  if (root != other.root) {
    // Anywhere in one of two buffers.
    if (auto choice = root.getDefiningOp<arith::SelectOp>())
      return get(choice.getTrueValue()).isDisjointFrom(other) &&
             get(choice.getFalseValue()).isDisjointFrom(other);
    bool isOther = other.root.getDefiningOp<arith::SelectOp>();
    return !isOther || other.isDisjointFrom(*this);
  }
  if (areApart(memref, other.memref))
    return true;
  return shift == other.shift && (end <= other.begin || other.end <= begin);
}

bool MemoryRegion::isSameAs(const MemoryRegion &other) const {
  if (memref == other.memref)
    return true;
  auto type = cast<MemRefType>(memref.getType());
  auto otherType = cast<MemRefType>(other.memref.getType());
  if (type.getShape() != otherType.getShape() ||
      type.getElementType() != otherType.getElementType())
    return false;
  SmallVector<int64_t> strides, otherStrides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)) ||
      failed(otherType.getStridesAndOffset(otherStrides, offset)))
    return false;
  return root == other.root && isExact && other.isExact &&
         shift == other.shift && begin == other.begin && end == other.end &&
         strides == otherStrides;
}

/// The largest known power of two that divides `value`, an index.
static int64_t getDivisor(Value value) {
  constexpr int64_t kLarge = int64_t(1) << 32;
  auto powerOf2 = [kLarge](int64_t number) {
    return number == 0 ? kLarge : std::min(kLarge, number & -number);
  };
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return powerOf2(*constant);
  Operation *op = value.getDefiningOp();
  if (!op)
    return 1;
  if (auto mul = dyn_cast<arith::MulIOp>(op))
    return std::min(kLarge,
                    getDivisor(mul.getLhs()) * getDivisor(mul.getRhs()));
  if (isa<arith::AddIOp, arith::SubIOp>(op))
    return std::min(getDivisor(op->getOperand(0)),
                    getDivisor(op->getOperand(1)));
  if (isa<arith::IndexCastOp, arith::ExtSIOp, arith::ExtUIOp>(op))
    return getDivisor(op->getOperand(0));
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return std::min(getDivisor(select.getTrueValue()),
                    getDivisor(select.getFalseValue()));
  return 1;
}

int64_t AlignmentAnalysis::getAlignment(Value memref) {
  memref = stripCasts(memref);
  auto [it, inserted] = known.try_emplace(memref, 1);
  if (!inserted)
    return it->second;
  int64_t alignment = std::clamp<int64_t>(compute(memref), 1, kArenaAlignment);
  return known[memref] = alignment;
}

int64_t AlignmentAnalysis::compute(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  Operation *op = memref.getDefiningOp();
  if (auto argument = dyn_cast<BlockArgument>(memref))
    return getArgumentAlignment(argument);
  if (auto global = dyn_cast<memref::GetGlobalOp>(op))
    return getElementBytes(type);
  if (auto view = dyn_cast<memref::ViewOp>(op))
    return std::min(getAlignment(view.getSource()),
                    getDivisor(view.getByteShift()));
  if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op))
    return getAlignment(collapse.getSrc());
  if (auto expand = dyn_cast<memref::ExpandShapeOp>(op))
    return getAlignment(expand.getSrc());
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return std::min(getAlignment(select.getTrueValue()),
                    getAlignment(select.getFalseValue()));
  auto subview = dyn_cast<memref::SubViewOp>(op);
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!subview ||
      failed(subview.getSourceType().getStridesAndOffset(strides, offset)))
    return getElementBytes(type);
  int64_t alignment = getAlignment(subview.getSource());
  for (auto [position, stride] :
       llvm::zip(subview.getMixedOffsets(), strides)) {
    std::optional<int64_t> constant = getConstantIntValue(position);
    int64_t divisor = constant ? (*constant == 0 ? 0 : *constant & -*constant)
                               : getDivisor(cast<Value>(position));
    if (divisor == 0)
      continue;
    int64_t bytes = getElementBytes(type) *
                    (ShapedType::isDynamic(stride) ? 1 : stride & -stride);
    alignment = std::min(alignment, divisor * (bytes & -bytes));
  }
  return alignment;
}

const std::optional<SmallVector<func::CallOp>> &
AlignmentAnalysis::getCalls(func::FuncOp function) {
  auto [it, inserted] = calls.try_emplace(function, std::nullopt);
  if (!inserted)
    return it->second;
  std::optional<SymbolTable::UseRange> uses =
      SymbolTable::getSymbolUses(function, function->getParentOp());
  if (!uses)
    return it->second;
  SmallVector<func::CallOp> found;
  for (SymbolTable::SymbolUse use : *uses) {
    auto call = dyn_cast<func::CallOp>(use.getUser());
    if (!call)
      return it->second;
    found.push_back(call);
  }
  it->second = std::move(found);
  return it->second;
}

/// An argument of a cell is as well aligned as what its callers pass.
int64_t AlignmentAnalysis::getArgumentAlignment(BlockArgument argument) {
  auto type = cast<MemRefType>(argument.getType());
  auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  if (!function)
    return getElementBytes(type);
  if (function.isPublic())
    return type.getElementType().isInteger(8) ? kArenaAlignment : 16;
  int64_t alignment = kArenaAlignment;
  const auto &callers = getCalls(function);
  if (!callers)
    return getElementBytes(type);
  unsigned number = argument.getArgNumber();
  // What is asked meanwhile may move `callers`.
  for (func::CallOp call : SmallVector<func::CallOp>(*callers))
    alignment = std::min(alignment, getAlignment(call.getOperand(number)));
  return alignment;
}
