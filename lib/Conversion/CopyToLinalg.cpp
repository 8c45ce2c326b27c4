//===- CopyToLinalg.cpp - Strided copies without a runtime ----------------===//

#include "bptt/Conversion/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"

using namespace mlir;

namespace bptt {
#define GEN_PASS_DEF_COPYTOLINALG
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

/// What -finalize-memref-to-llvm turns into one memcpy.
static bool isMemcpy(MemRefType type) {
  return type.getLayout().isIdentity() ||
         (type.hasStaticShape() && type.getNumElements() > 0 &&
          memref::isStaticShapeAndContiguousRowMajor(type));
}

namespace {
struct CopyToLinalg : bptt::impl::CopyToLinalgBase<CopyToLinalg> {
  void runOnOperation() override {
    getOperation()->walk([](memref::CopyOp copy) {
      auto source = dyn_cast<MemRefType>(copy.getSource().getType());
      auto target = dyn_cast<MemRefType>(copy.getTarget().getType());
      if (!source || !target || (isMemcpy(source) && isMemcpy(target)))
        return;
      OpBuilder builder(copy);
      linalg::CopyOp::create(builder, copy.getLoc(), copy.getSource(),
                             copy.getTarget());
      copy.erase();
    });
  }
};
} // namespace
