//===- BufferizationModels.cpp - One-shot bufferization of bptt -----------===//

#include "bptt/Transforms/BufferizationModels.h"

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace bptt;

namespace {

/// The buffers of `values`, those that are not tensors as they are.
FailureOr<SmallVector<Value>> getBuffers(RewriterBase &rewriter,
                                         ValueRange values,
                                         const BufferizationOptions &options,
                                         const BufferizationState &state) {
  SmallVector<Value> buffers;
  for (Value value : values) {
    if (!isa<TensorType>(value.getType())) {
      buffers.push_back(value);
      continue;
    }
    FailureOr<Value> buffer = getBuffer(rewriter, value, options, state);
    if (failed(buffer))
      return failure();
    buffers.push_back(*buffer);
  }
  return buffers;
}

/// Of operations whose shapes are all static.
constexpr int kNoInputs = -1;

/// One fresh buffer for each result; a dynamic leading dimension is the number
/// of steps.
template <typename ModelT, typename OpT>
FailureOr<SmallVector<Value>>
allocateResults(RewriterBase &rewriter, OpT op, ValueRange operands,
                const BufferizationOptions &options) {
  SmallVector<Value> buffers;
  for (Value result : op.getResults()) {
    auto tensor = cast<RankedTensorType>(result.getType());
    SmallVector<Value> dynamicSizes;
    if constexpr (ModelT::kInputsIndex != kNoInputs)
      if (tensor.getRank() && tensor.isDynamicDim(0)) {
        Value steps = op.getSteps();
        unsigned input =
            op.getODSOperandIndexAndLength(ModelT::kInputsIndex).first;
        if (!steps)
          steps =
              memref::DimOp::create(rewriter, op.getLoc(), operands[input], 0);
        dynamicSizes.push_back(steps);
      }
    auto type = MemRefType::get(tensor.getShape(), tensor.getElementType());
    FailureOr<Value> buffer =
        options.createAlloc(rewriter, op.getLoc(), type, dynamicSizes);
    if (failed(buffer))
      return failure();
    buffers.push_back(*buffer);
  }
  return buffers;
}

/// What scans, chains, forwards and backwards have in common: operands are
/// read, results are new.
template <typename ModelT, typename OpT>
struct RecurrenceModel : BufferizableOpInterface::ExternalModel<ModelT, OpT> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }
  bool bufferizesToAllocation(Operation *, Value value) const {
    return isa<TensorType>(value.getType());
  }

  LogicalResult bufferize(Operation *base, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto op = cast<OpT>(base);
    FailureOr<SmallVector<Value>> operands =
        getBuffers(rewriter, base->getOperands(), options, state);
    if (failed(operands))
      return failure();
    FailureOr<SmallVector<Value>> outs =
        allocateResults<ModelT>(rewriter, op, *operands, options);
    if (failed(outs))
      return failure();

    OperationState newState(op.getLoc(), op->getName());
    newState.addOperands(*operands);
    newState.addOperands(*outs);
    newState.addAttributes(op->getAttrs());
    newState.propertiesAttr = op->getPropertiesAsAttribute();
    for (Value result : base->getResults())
      if (!isa<TensorType>(result.getType()))
        newState.addTypes(result.getType());
    auto newOp = cast<OpT>(rewriter.create(newState));
    // `outs` is the last operand segment.
    newOp.getProperties().operandSegmentSizes.back() = outs->size();

    SmallVector<Value> replacements(*outs);
    llvm::append_range(replacements, newOp->getResults());
    replaceOpWithBufferizedValues(rewriter, op, replacements);
    return success();
  }
};

struct ScanModel : RecurrenceModel<ScanModel, ScanOp> {
  static constexpr int kInputsIndex = 1;
};
struct ForwardModel : RecurrenceModel<ForwardModel, ForwardOp> {
  static constexpr int kInputsIndex = 1;
};
struct BackwardModel : RecurrenceModel<BackwardModel, BackwardOp> {
  static constexpr int kInputsIndex = 2;
};
struct ChainForwardModel : RecurrenceModel<ChainForwardModel, ChainForwardOp> {
  static constexpr int kInputsIndex = kNoInputs;
};
struct ChainBackwardModel
    : RecurrenceModel<ChainBackwardModel, ChainBackwardOp> {
  static constexpr int kInputsIndex = kNoInputs;
};

/// A checkpoint is a copy in a buffer of its own.
struct CheckpointModel
    : BufferizableOpInterface::ExternalModel<CheckpointModel, CheckpointOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }
  bool bufferizesToAllocation(Operation *, Value) const { return true; }
  LogicalResult bufferize(Operation *base, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto op = cast<CheckpointOp>(base);
    FailureOr<Value> source =
        getBuffer(rewriter, op.getState(), options, state);
    if (failed(source))
      return failure();
    auto tensor = cast<RankedTensorType>(op.getState().getType());
    FailureOr<Value> kept = options.createAlloc(
        rewriter, op.getLoc(),
        MemRefType::get(tensor.getShape(), tensor.getElementType()), {});
    if (failed(kept) ||
        failed(options.createMemCpy(rewriter, op.getLoc(), *source, *kept)))
      return failure();
    replaceOpWithBufferizedValues(rewriter, op, *kept);
    return success();
  }
};

} // namespace

void bptt::registerBufferizationModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, BPTTDialect *) {
    ScanOp::attachInterface<ScanModel>(*context);
    ForwardOp::attachInterface<ForwardModel>(*context);
    BackwardOp::attachInterface<BackwardModel>(*context);
    ChainForwardOp::attachInterface<ChainForwardModel>(*context);
    ChainBackwardOp::attachInterface<ChainBackwardModel>(*context);
    CheckpointOp::attachInterface<CheckpointModel>(*context);
  });
}
