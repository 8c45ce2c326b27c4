//===- DifferentiableOpInterface.td - Reverse-mode rules ---*- tablegen -*-===//

#ifndef BPTT_DIFFERENTIATION_DIFFERENTIABLEOPINTERFACE_TD
#define BPTT_DIFFERENTIATION_DIFFERENTIABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let description = [{
    A reverse-mode rule: how cotangents of an operation's results become cotangents of its operands.

    The question is kept apart from the answer. `describeAdjoint` is asked first, for every operation that
    receives a cotangent, and builds nothing: it names the primal values that the adjoint will read and the
    operands it will contribute to, and it is the place to refuse. What to keep and what to compute again is
    decided from its answers. `buildAdjoint` then emits the adjoint and reads no primal value that was not
    named.

    Upstream operations get their rules as external models; other dialects join in the same way.
  }];
  let cppNamespace = "::bptt";
  let methods = [
    InterfaceMethod<[{
      Names the primal values the adjoint needs and the operands that get a contribution. Emits an error at
      this operation and fails where there is no adjoint.
    }], "::llvm::LogicalResult", "describeAdjoint", (ins "::bptt::AdjointRequest &":$request)>,
    InterfaceMethod<[{
      Emits the adjoint at the builder's insertion point. At least one result has a cotangent.
    }], "::llvm::LogicalResult", "buildAdjoint", (ins "::bptt::AdjointBuilder &":$adjoint)>
  ];
}

#endif
