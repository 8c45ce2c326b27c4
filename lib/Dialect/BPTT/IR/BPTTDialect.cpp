//===- BPTTDialect.cpp - The bptt dialect ---------------------------------===//

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace bptt;

#include "bptt/Dialect/BPTT/IR/BPTTDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "bptt/Dialect/BPTT/IR/BPTTTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "bptt/Dialect/BPTT/IR/BPTTAttrs.cpp.inc"

#include "bptt/Dialect/BPTT/IR/BPTTInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "bptt/Dialect/BPTT/IR/BPTTOps.cpp.inc"

namespace {
/// Functions that contain recurrences may be inlined anywhere.
struct BPTTInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final {
    return true;
  }
};
} // namespace

void BPTTDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "bptt/Dialect/BPTT/IR/BPTTTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "bptt/Dialect/BPTT/IR/BPTTAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "bptt/Dialect/BPTT/IR/BPTTOps.cpp.inc"
      >();
  addInterfaces<BPTTInlinerInterface>();
}
