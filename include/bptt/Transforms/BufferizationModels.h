//===- BufferizationModels.h - One-shot bufferization of bptt ---*- C++ -*-===//

#ifndef BPTT_TRANSFORMS_BUFFERIZATIONMODELS_H
#define BPTT_TRANSFORMS_BUFFERIZATIONMODELS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace bptt {

/// Lets one-shot bufferization see through the dialect: recurrences read their
/// operands and write fresh buffers, checkpoints copy, recompute regions pass
/// buffers in and out.
void registerBufferizationModels(mlir::DialectRegistry &registry);

} // namespace bptt

#endif
