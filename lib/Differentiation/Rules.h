//===- Rules.h - Families of differentiation rules --------------*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_RULES_H
#define BPTT_LIB_DIFFERENTIATION_RULES_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace bptt {

void registerScalarRules(mlir::DialectRegistry &registry);
void registerStructuredRules(mlir::DialectRegistry &registry);
void registerTensorRules(mlir::DialectRegistry &registry);
void registerScanRule(mlir::DialectRegistry &registry);
void registerChainRule(mlir::DialectRegistry &registry);

} // namespace bptt

#endif
