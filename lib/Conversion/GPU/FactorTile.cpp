//===- FactorTile.cpp - A factor's way to the tensor cores ----------------===//

#include "FactorTile.h"

#include "PointEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

static OpOperand &getOperand(linalg::GenericOp op, const KernelNode &product,
                             bool isLeft) {
  return *op.getDpsInputOperand(isLeft ? product.product->left
                                       : 1 - product.product->left);
}

FactorLayout FactorLayout::get(const KernelNode &product, bool isLeft,
                               int64_t lines) {
  linalg::GenericOp op = product.op;
  OpOperand &operand = getOperand(op, product, isLeft);
  auto last = dyn_cast_or_null<AffineDimExpr>(
      op.getMatchingIndexingMap(&operand).getResults().back());
  bool termsFirst = last && last.getPosition() == product.product->sum.back();
  const TensorFactors &factors = *product.product->tensor;
  return {isLeft,       termsFirst,
          lines,        isLeft ? factors.leftParts : factors.rightParts,
          factors.type, factors.getMemoryType()};
}

FactorTile::FactorTile(ProductFrame &frame, const KernelNode &product,
                       linalg::GenericOp op, const FactorLayout &layout,
                       int64_t threads, Value memory)
    : frame(frame), body(frame.body), loc(frame.loc), product(product), op(op),
      layout(layout), threads(threads), memory(memory),
      operand(getOperand(op, product, layout.isLeft)) {
  bool isWide = product.product->isWide[operand.getOperandNumber()];
  isAsync = isWide && layout.parts == 1 &&
            getElementTypeOrSelf(operand.get().getType()) == layout.memoryType;
  width = isWide ? 16 / layout.getElementBytes() : 1;
  Value lane = frame.remainder(frame.kernel.getThread(), 32);
  if (!layout.hasMatrices()) {
    laneLine = frame.divide(lane, 4);
    laneTerm = frame.remainder(lane, 4);
    return;
  }
  // Eight lanes name the rows of each of four matrices, of 8 lines and 16 bytes
  // of terms. On the left the second one has the next lines, on the right the
  // next terms.
  Value row = frame.remainder(lane, 8);
  Value second = frame.remainder(frame.divide(lane, 8), 2);
  Value third = frame.divide(lane, 16);
  int64_t terms = 16 / layout.getElementBytes();
  laneLine = frame.multiply(layout.isLeft ? second : third, 8);
  laneTerm = frame.multiply(layout.isLeft ? third : second, terms);
  Value &outer = layout.termsFirst ? laneLine : laneTerm;
  outer = frame.add(outer, row);
}

SmallVector<Value> FactorTile::place(Value stage, int64_t part, Value line,
                                     Value term) {
  SmallVector<Value> indices{stage, frame.constant(part), line, term};
  if (!layout.termsFirst)
    std::swap(indices[2], indices[3]);
  return indices;
}

void FactorTile::fetch(Value tile, Value stage, bool mayBeBeyond) {
  int64_t chunks = layout.getOuter() * layout.getInner() / width;
  assert(chunks % threads == 0 && "threads would copy beyond the tile");
  for (int64_t done = 0; done < chunks; done += threads)
    fetchChunk(tile, stage, frame.add(frame.kernel.getThread(), done),
               mayBeBeyond);
}

void FactorTile::fetchChunk(Value tile, Value stage, Value position,
                            bool mayBeBeyond) {
  int64_t numTerms = countTerms(product);
  int64_t extent = layout.isLeft ? frame.numRows : frame.numColumns;
  int64_t depth = layout.getDepth(), tiles = llvm::divideCeil(numTerms, depth);
  int64_t chunksAcross = layout.getInner() / width;
  Value line = frame.divide(position, chunksAcross);
  Value term = frame.multiply(frame.remainder(position, chunksAcross), width);
  if (!layout.termsFirst)
    std::swap(line, term);
  // Lines and tiles beyond the end are read as the last ones, and nothing comes
  // of them; terms beyond the end count as zero.
  Value isUseful;
  if (mayBeBeyond) {
    isUseful = frame.isBelow(tile, tiles);
    tile = frame.clamp(tile, tiles);
  }
  Value from = frame.add(frame.multiply(tile, depth), term);
  Value across =
      frame.add(layout.isLeft ? frame.firstRow : frame.firstColumn, line);
  int64_t lineStep = layout.termsFirst ? 1 : width;
  int64_t termStep = layout.termsFirst ? width : 1;
  if (extent % layout.lines != 0)
    across = frame.clamp(across, extent - lineStep + 1);
  Value isTerm;
  if (numTerms % depth != 0) {
    isTerm = frame.isBelow(from, numTerms);
    from = frame.clamp(from, numTerms - termStep + 1);
  }
  SmallVector<Value> indices = frame.getIndices(product, across, across, from);
  if (isAsync) {
    Value all = frame.constant(width), none = frame.constant(0), size;
    for (Value condition : {isUseful, isTerm})
      if (condition)
        size = arith::SelectOp::create(body, loc, condition, size ? size : all,
                                       none);
    nvgpu::DeviceAsyncCopyOp::create(
        body, loc, nvgpu::DeviceAsyncTokenType::get(body.getContext()), memory,
        place(stage, 0, line, term), operand.get(),
        PointEmitter(op, body).getElement(operand, indices),
        body.getIndexAttr(width), size, body.getUnitAttr());
    return;
  }
  Type element = getElementTypeOrSelf(operand.get().getType()), type = element;
  Value value;
  if (width == 1) {
    value = PointEmitter(op, body).load(operand, indices);
  } else {
    auto vector = VectorType::get({width}, element);
    type = vector;
    value = vector::LoadOp::create(
        body, loc, vector, operand.get(),
        PointEmitter(op, body).getElement(operand, indices),
        /*nontemporal=*/false,
        llvm::Align(std::min<int64_t>(
            16, width * element.getIntOrFloatBitWidth() / 8)));
  }
  if (isTerm)
    value = arith::SelectOp::create(
        body, loc, isTerm, value,
        arith::ConstantOp::create(body, loc, body.getZeroAttr(type)));
  pending.push_back({value, stage, line, term});
}

void FactorTile::store() {
  for (const Pending &chunk : pending) {
    Value rest = chunk.value;
    if (getElementTypeOrSelf(rest.getType()) != layout.memoryType)
      rest = frame.convert(rest, body.getF32Type());
    for (int64_t part = 0; part < layout.parts; ++part) {
      Value rounded = frame.convert(rest, layout.memoryType);
      SmallVector<Value> indices =
          place(chunk.stage, part, chunk.line, chunk.term);
      if (width == 1)
        memref::StoreOp::create(body, loc, rounded, memory, indices);
      else
        vector::StoreOp::create(body, loc, rounded, memory, indices,
                                /*nontemporal=*/false, llvm::MaybeAlign(16));
      if (part + 1 < layout.parts)
        rest = frame.getRest(rest, rounded);
    }
  }
  pending.clear();
}

SmallVector<Value> FactorTile::load(Value stage, int64_t part, Value line,
                                    int64_t term) {
  SmallVector<Value> indices =
      place(stage, part, frame.add(line, laneLine), frame.add(laneTerm, term));
  SmallVector<Value> registers =
      layout.hasMatrices() ? loadMatrices(indices) : loadWords(indices);
  for (Value &both : registers) {
    if (layout.type.isTF32())
      both = NVVM::ConvertFloatToTF32Op::create(
          body, loc, body.getI32Type(), both, NVVM::FPRoundingMode::RNA);
    if (layout.type.isBF16()) { // which nvvm.mma.sync takes as i32
      auto bits = VectorType::get({1}, body.getI32Type());
      both = vector::ExtractOp::create(
          body, loc, vector::BitCastOp::create(body, loc, bits, both), 0);
    }
  }
  return registers;
}

/// The registers of a fragment hold 4 bytes of neighbouring terms.
SmallVector<Value> FactorTile::loadMatrices(ArrayRef<Value> row) {
  int64_t elements = 4 / layout.getElementBytes();
  auto type = VectorType::get({4, elements}, layout.memoryType);
  Value fragments = nvgpu::LdMatrixOp::create(body, loc, type, memory, row,
                                              /*transpose=*/!layout.termsFirst,
                                              /*numTiles=*/4);
  SmallVector<Value> registers;
  for (int64_t number = 0; number < 4; ++number)
    registers.push_back(
        elements == 1
            ? vector::ExtractOp::create(body, loc, fragments,
                                        ArrayRef<int64_t>{number, 0})
            : vector::ExtractOp::create(body, loc, fragments, number));
  return registers;
}

/// The same, element by element. Rows of the memory are terms.
SmallVector<Value> FactorTile::loadWords(ArrayRef<Value> first) {
  SmallVector<Value> registers;
  for (int64_t number = 0; number < 4; ++number) {
    int64_t second = number % 2, third = number / 2;
    SmallVector<Value> indices(first);
    indices[2] = frame.add(indices[2], 4 * (layout.isLeft ? third : second));
    indices[3] = frame.add(indices[3], 8 * (layout.isLeft ? second : third));
    registers.push_back(memref::LoadOp::create(body, loc, memory, indices));
  }
  return registers;
}
