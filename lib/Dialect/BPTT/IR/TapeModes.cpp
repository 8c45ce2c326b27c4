//===- TapeModes.cpp - The ways to tape a step ----------------------------===//

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

using namespace mlir;
using namespace bptt;

static FlatSymbolRefAttr getMode(FlatSymbolRefAttr first, ArrayAttr others,
                                 unsigned mode) {
  return mode == 0 ? first : cast<FlatSymbolRefAttr>(others[mode - 1]);
}

unsigned ForwardOp::getNumTapeModes() {
  return 1 + (getOtherTaped() ? getOtherTaped()->size() : 0);
}

FlatSymbolRefAttr ForwardOp::getTapedIn(unsigned mode) {
  return getMode(getTapedAttr(), getOtherTapedAttr(), mode);
}

unsigned BackwardOp::getNumTapeModes() {
  return 1 + (getOtherTaped() ? getOtherTaped()->size() : 0);
}

FlatSymbolRefAttr BackwardOp::getTapedIn(unsigned mode) {
  return getMode(getTapedAttr(), getOtherTapedAttr(), mode);
}

FlatSymbolRefAttr BackwardOp::getAdjointIn(unsigned mode) {
  return getMode(getAdjointAttr(), getOtherAdjointsAttr(), mode);
}
