//===- TapeModes.cpp - The ways to tape a step ----------------------------===//

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

using namespace mlir;
using namespace bptt;

static FlatSymbolRefAttr getMode(FlatSymbolRefAttr first, ArrayAttr others,
                                 unsigned mode) {
  return mode == 0 ? first : cast<FlatSymbolRefAttr>(others[mode - 1]);
}

/// Of one step of a chain.
static ArrayAttr getOthers(std::optional<ArrayAttr> others, size_t step) {
  return others ? cast<ArrayAttr>((*others)[step]) : ArrayAttr();
}

static FlatSymbolRefAttr getMode(ArrayAttr first,
                                 std::optional<ArrayAttr> others, size_t step,
                                 unsigned mode) {
  return getMode(cast<FlatSymbolRefAttr>(first[step]), getOthers(others, step),
                 mode);
}

static unsigned countModes(std::optional<ArrayAttr> others, size_t step) {
  return 1 + (others ? getOthers(others, step).size() : 0);
}

unsigned ChainForwardOp::getNumTapeModes(size_t step) {
  return countModes(getOtherTaped(), step);
}

FlatSymbolRefAttr ChainForwardOp::getTapedIn(size_t step, unsigned mode) {
  return getMode(getTaped(), getOtherTaped(), step, mode);
}

unsigned ChainBackwardOp::getNumTapeModes(size_t step) {
  return countModes(getOtherTaped(), step);
}

FlatSymbolRefAttr ChainBackwardOp::getTapedIn(size_t step, unsigned mode) {
  return getMode(getTaped(), getOtherTaped(), step, mode);
}

FlatSymbolRefAttr ChainBackwardOp::getAdjointIn(size_t step, unsigned mode) {
  return getMode(getAdjoint(), getOtherAdjoints(), step, mode);
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
