//===- WidenFloats.cpp - Give every float 64 bits -------------------------===//

#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace bptt {
#define GEN_PASS_DEF_WIDENFLOATS
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

APFloat widen(APFloat value) {
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value;
}

struct WidenFloats : bptt::impl::WidenFloatsBase<WidenFloats> {
  void runOnOperation() override {
    Type wide = Float64Type::get(&getContext());
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](FloatType) -> Type { return wide; });
    replacer.addReplacement([&](FloatAttr attr) -> Attribute {
      return FloatAttr::get(wide, widen(attr.getValue()));
    });
    replacer.addReplacement(
        [&](DenseFPElementsAttr attr) -> std::pair<Attribute, WalkResult> {
          ShapedType type = attr.getType().clone(wide);
          if (attr.isSplat())
            return {DenseElementsAttr::get(
                        type, widen(attr.getSplatValue<APFloat>())),
                    WalkResult::skip()};
          return {attr.mapValues(wide,
                                 [](const APFloat &value) {
                                   return widen(value).bitcastToAPInt();
                                 }),
                  WalkResult::skip()};
        });
    replacer.recursivelyReplaceElementsIn(getOperation(), /*replaceAttrs=*/true,
                                          /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
    getOperation().walk([](Operation *op) {
      if (isa<arith::ExtFOp, arith::TruncFOp>(op)) {
        op->replaceAllUsesWith(op->getOperands());
        op->erase();
      }
    });
  }
};

} // namespace
