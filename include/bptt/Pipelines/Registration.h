//===- Registration.h - Everything a tool registers -------------*- C++ -*-===//

#ifndef BPTT_PIPELINES_REGISTRATION_H
#define BPTT_PIPELINES_REGISTRATION_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace bptt {

/// The dialect and its interfaces (bufferization, ...), but no upstream
/// dialect.
void registerDialects(mlir::DialectRegistry &registry);

/// Every pass and pipeline of this project.
void registerPasses();

} // namespace bptt

#endif
