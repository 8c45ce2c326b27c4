//===- TensorRules.cpp - Rules for tensor operations ----------------------===//
//
// All of them move elements. Reading a part of a tensor has as its adjoint
// writing to that part of the cotangent; offsets and sizes are read again from
// the primal.

#include "Rules.h"
#include "SliceCotangent.h"
#include "bptt/Differentiation/DifferentiableOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace bptt;

namespace {

/// A rule of one op kind: `Rule::build(op, g, adjoint)` adds the contributions
/// to the operands; operands that are no floats (offsets, sizes, indices) are
/// needed.
template <typename OpT, typename Rule>
struct MovementRule
    : DifferentiableOpInterface::ExternalModel<MovementRule<OpT, Rule>, OpT> {
  LogicalResult describeAdjoint(Operation *op, AdjointRequest &request) const {
    if (failed(Rule::check(cast<OpT>(op), request)))
      return failure();
    for (Value operand : op->getOperands())
      if (!isDifferentiable(operand.getType()))
        request.need(operand);
    request.contributeToAll(op->getOperands());
    return success();
  }
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    Rule::build(cast<OpT>(op),
                adjoint.getAccumulator(op->getLoc(), op->getResult(0)),
                adjoint);
    return success();
  }
};

/// The type of a tensor of the shape of `type` with the elements of `g`, a
/// cotangent.
RankedTensorType withElementsOf(Type type, Value g) {
  return cast<RankedTensorType>(type).clone(getElementTypeOrSelf(g.getType()));
}

struct Unrestricted {
  static LogicalResult check(Operation *, AdjointRequest &) {
    return success();
  }
};

struct ExtractSliceRule : Unrestricted {
  static void build(tensor::ExtractSliceOp op, Value g,
                    AdjointBuilder &adjoint) {
    if (adjoint.wantsCotangent(op.getSource()))
      addSliceCotangent(op, g, adjoint);
  }
};

struct InsertSliceRule : Unrestricted {
  static void build(tensor::InsertSliceOp op, Value g,
                    AdjointBuilder &adjoint) {
    Location loc = op.getLoc();
    SliceRange range = getSliceRange(op, adjoint);
    if (adjoint.wantsCotangent(op.getSource()))
      adjoint.addCotangent(loc, op.getSource(),
                           tensor::ExtractSliceOp::create(
                               adjoint.builder, loc,
                               withElementsOf(op.getSourceType(), g), g,
                               range.offsets, range.sizes, range.strides));
    if (adjoint.wantsCotangent(op.getDest())) {
      Value zeros = adjoint.createZero(loc, op.getSource());
      adjoint.addCotangent(loc, op.getDest(),
                           tensor::InsertSliceOp::create(
                               adjoint.builder, loc, zeros, g, range.offsets,
                               range.sizes, range.strides));
    }
  }
};

struct ExpandShapeRule : Unrestricted {
  static void build(tensor::ExpandShapeOp op, Value g,
                    AdjointBuilder &adjoint) {
    adjoint.addCotangent(
        op.getLoc(), op.getSrc(),
        tensor::CollapseShapeOp::create(adjoint.builder, op.getLoc(),
                                        withElementsOf(op.getSrcType(), g), g,
                                        op.getReassociationIndices()));
  }
};

struct CollapseShapeRule : Unrestricted {
  static void build(tensor::CollapseShapeOp op, Value g,
                    AdjointBuilder &adjoint) {
    if (adjoint.wantsCotangent(op.getSrc()))
      adjoint.addCotangent(op.getLoc(), op.getSrc(),
                           tensor::ExpandShapeOp::create(
                               adjoint.builder, op.getLoc(),
                               withElementsOf(op.getSrcType(), g), g,
                               op.getReassociationIndices(),
                               adjoint.getSizes(op.getLoc(), op.getSrc())));
  }
};

struct CastRule : Unrestricted {
  static void build(tensor::CastOp op, Value g, AdjointBuilder &adjoint) {
    adjoint.addCotangent(
        op.getLoc(), op.getSource(),
        tensor::CastOp::create(adjoint.builder, op.getLoc(),
                               withElementsOf(op.getSource().getType(), g), g));
  }
};

struct PadRule {
  static LogicalResult check(tensor::PadOp op, AdjointRequest &request) {
    for (Value value : getUsedValues(op))
      if (value != op.getSource() && request.wantsCotangent(value))
        return op.emitError() << "padding with a differentiated value has no "
                                 "differentiation rule";
    return success();
  }
  static void build(tensor::PadOp op, Value g, AdjointBuilder &adjoint) {
    if (!adjoint.wantsCotangent(op.getSource()))
      return;
    Location loc = op.getLoc();
    SmallVector<OpFoldResult> low = getPrimal(op.getMixedLowPad(), adjoint);
    SmallVector<OpFoldResult> strides(low.size(),
                                      adjoint.builder.getIndexAttr(1));
    adjoint.addCotangent(loc, op.getSource(),
                         tensor::ExtractSliceOp::create(
                             adjoint.builder, loc,
                             withElementsOf(op.getSourceType(), g), g, low,
                             adjoint.getSizes(loc, op.getSource()), strides));
  }
};

struct ConcatRule {
  static LogicalResult check(tensor::ConcatOp op, AdjointRequest &) {
    for (Value input : op.getInputs())
      if (cast<RankedTensorType>(input.getType()).isDynamicDim(op.getDim()))
        return op.emitError() << "concatenation along a dynamic dimension has "
                                 "no differentiation rule";
    return success();
  }
  static void build(tensor::ConcatOp op, Value g, AdjointBuilder &adjoint) {
    Location loc = op.getLoc();
    Builder &b = adjoint.builder;
    int64_t rank = op.getResultType().getRank(), offset = 0;
    SmallVector<OpFoldResult> offsets(rank, b.getIndexAttr(0)),
        strides(rank, b.getIndexAttr(1));
    for (Value input : op.getInputs()) {
      auto type = cast<RankedTensorType>(input.getType());
      offsets[op.getDim()] = b.getIndexAttr(offset);
      offset += type.getDimSize(op.getDim());
      if (adjoint.wantsCotangent(input))
        adjoint.addCotangent(loc, input,
                             tensor::ExtractSliceOp::create(
                                 adjoint.builder, loc, withElementsOf(type, g),
                                 g, offsets, adjoint.getSizes(loc, input),
                                 strides));
    }
  }
};

SmallVector<Value> getPrimalIndices(ValueRange indices,
                                    AdjointBuilder &adjoint) {
  return llvm::map_to_vector(
      indices, [&](Value index) { return adjoint.getPrimal(index); });
}

struct ExtractRule : Unrestricted {
  static void build(tensor::ExtractOp op, Value g, AdjointBuilder &adjoint) {
    Location loc = op.getLoc();
    Value source = op.getTensor();
    if (!adjoint.wantsCotangent(source))
      return;
    auto type = cast<RankedTensorType>(source.getType());
    if (type.getRank() == 0) {
      adjoint.addCotangent(
          loc, source,
          tensor::FromElementsOp::create(adjoint.builder, loc,
                                         withElementsOf(type, g), g));
      return;
    }
    SmallVector<Value> indices = getPrimalIndices(op.getIndices(), adjoint);
    bool isFirst = !adjoint.getCotangent(source);
    Value sum = adjoint.getAccumulator(loc, source);
    if (!isFirst) {
      Value element =
          tensor::ExtractOp::create(adjoint.builder, loc, sum, indices);
      g = createAdd(adjoint.builder, loc, element, g);
    }
    adjoint.setCotangent(source, tensor::InsertOp::create(adjoint.builder, loc,
                                                          g, sum, indices));
  }
};

struct InsertRule : Unrestricted {
  static void build(tensor::InsertOp op, Value g, AdjointBuilder &adjoint) {
    Location loc = op.getLoc();
    SmallVector<Value> indices = getPrimalIndices(op.getIndices(), adjoint);
    if (adjoint.wantsCotangent(op.getScalar()))
      adjoint.addCotangent(
          loc, op.getScalar(),
          tensor::ExtractOp::create(adjoint.builder, loc, g, indices));
    if (adjoint.wantsCotangent(op.getDest())) {
      Value zero = adjoint.createZero(loc, op.getScalar());
      adjoint.addCotangent(
          loc, op.getDest(),
          tensor::InsertOp::create(adjoint.builder, loc, zero, g, indices));
    }
  }
};

struct FromElementsRule : Unrestricted {
  static void build(tensor::FromElementsOp op, Value g,
                    AdjointBuilder &adjoint) {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getType());
    SmallVector<int64_t> position(type.getRank(), 0);
    for (Value element : op.getElements()) {
      if (adjoint.wantsCotangent(element)) {
        SmallVector<Value> indices =
            llvm::map_to_vector(position, [&](int64_t index) -> Value {
              return arith::ConstantIndexOp::create(adjoint.builder, loc,
                                                    index);
            });
        adjoint.addCotangent(
            loc, element,
            tensor::ExtractOp::create(adjoint.builder, loc, g, indices));
      }
      for (int64_t dim = type.getRank(); dim-- > 0;) {
        if (++position[dim] < type.getDimSize(dim))
          break;
        position[dim] = 0;
      }
    }
  }
};

struct SplatRule : Unrestricted {
  static void build(tensor::SplatOp op, Value g, AdjointBuilder &adjoint) {
    if (adjoint.wantsCotangent(op.getInput()))
      adjoint.addCotangent(op.getLoc(), op.getInput(),
                           createSum(adjoint.builder, op.getLoc(), g));
  }
};

template <typename OpT, typename Rule>
void attach(MLIRContext &context) {
  OpT::template attachInterface<MovementRule<OpT, Rule>>(context);
}

void attachTensor(MLIRContext *context, tensor::TensorDialect *) {
  attach<tensor::ExtractSliceOp, ExtractSliceRule>(*context);
  attach<tensor::InsertSliceOp, InsertSliceRule>(*context);
  attach<tensor::ExpandShapeOp, ExpandShapeRule>(*context);
  attach<tensor::CollapseShapeOp, CollapseShapeRule>(*context);
  attach<tensor::CastOp, CastRule>(*context);
  attach<tensor::PadOp, PadRule>(*context);
  attach<tensor::ConcatOp, ConcatRule>(*context);
  attach<tensor::ExtractOp, ExtractRule>(*context);
  attach<tensor::InsertOp, InsertRule>(*context);
  attach<tensor::FromElementsOp, FromElementsRule>(*context);
  attach<tensor::SplatOp, SplatRule>(*context);
}

} // namespace

void bptt::registerTensorRules(DialectRegistry &registry) {
  registry.addExtension(attachTensor);
}
