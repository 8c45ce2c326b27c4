//===- Differentiate.cpp - Value and gradient of a function ---------------===//

#include "bptt/Differentiation/Differentiate.h"

#include "Cells.h"
#include "FormChains.h"
#include "Normalize.h"
#include "Rules.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"

using namespace mlir;

namespace bptt {

void registerDifferentiationRules(DialectRegistry &registry) {
  registerScalarRules(registry);
  registerStructuredRules(registry);
  registerTensorRules(registry);
  registerScanRule(registry);
  registerChainRule(registry);
}

SmallVector<int64_t> getDefaultWrt(func::FuncOp function) {
  SmallVector<int64_t> marked, floats;
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
    if (function.getArgAttr(index, kWrtAttrName))
      marked.push_back(index);
    if (isDifferentiable(type))
      floats.push_back(index);
  }
  return marked.empty() ? floats : marked;
}

static LogicalResult checkSignature(func::FuncOp function,
                                    ArrayRef<int64_t> wrt) {
  if (function.isExternal())
    return function.emitError()
           << "@" << function.getName() << " has no body to differentiate";
  if (function.getNumResults() == 0)
    return function.emitError()
           << "@" << function.getName()
           << " has no result; the first result is the loss";
  Type loss = function.getResultTypes().front();
  auto tensor = dyn_cast<RankedTensorType>(loss);
  if (!isDifferentiable(loss) || (tensor && tensor.getRank() != 0))
    return function.emitError()
           << "the first result of @" << function.getName()
           << " is the loss, so it must be a float or a tensor of one of rank "
              "0; found "
           << loss;
  if (wrt.empty())
    return function.emitError()
           << "@" << function.getName()
           << " has no argument of floating-point type to differentiate for";
  for (auto [index, position] : llvm::enumerate(wrt)) {
    if (position < 0 || position >= int64_t(function.getNumArguments()))
      return function.emitError() << "wrt names argument #" << position
                                  << ", but @" << function.getName() << " has "
                                  << function.getNumArguments() << " arguments";
    if (!isDifferentiable(function.getArgumentTypes()[position]))
      return function.emitError()
             << "wrt names argument #" << position << " of @"
             << function.getName() << ", which is "
             << function.getArgumentTypes()[position]
             << ", not of floating-point type";
    if (llvm::is_contained(wrt.take_front(index), position))
      return function.emitError()
             << "wrt names argument #" << position << " twice";
  }
  return success();
}

/// The cotangent of `root` in its own type: rounded here, and only once.
static Value getGradient(Value root, Location loc, AdjointBuilder &adjoint) {
  Value gradient = adjoint.getCotangent(root);
  if (!gradient)
    gradient = adjoint.createZero(loc, root);
  return convertFloats(adjoint.builder, loc, gradient, root.getType());
}

/// Builds the gradient at the end of `function`, and returns it in addition.
static LogicalResult appendGradient(func::FuncOp function,
                                    ArrayRef<int64_t> wrt, CellLibrary &cells) {
  Block &body = function.getBody().front();
  SmallVector<Value> roots =
      llvm::map_to_vector(wrt, [&](int64_t position) -> Value {
        return body.getArgument(position);
      });
  auto terminator = cast<func::ReturnOp>(body.getTerminator());
  Value loss = terminator.getOperand(0);
  Location loc = loss.getLoc();

  AdjointRequest request(getVarying(body, roots));
  request.contribute(loss);
  if (failed(describeAdjoint(body, request)))
    return failure();
  OpBuilder builder(terminator);
  AdjointBuilder adjoint(builder, request.getVaryingValues(), {},
                         /*inPlace=*/true, &cells);
  adjoint.addCotangent(
      loc, loss, createOne(builder, loc, getCotangentType(loss.getType())));
  if (failed(buildAdjoint(body, adjoint)))
    return failure();
  SmallVector<Value> results(terminator.getOperands());
  for (Value root : roots)
    results.push_back(getGradient(root, loc, adjoint));
  terminator->setOperands(results);
  function.setType(FunctionType::get(function.getContext(),
                                     function.getArgumentTypes(),
                                     terminator.getOperandTypes()));
  return success();
}

FailureOr<func::FuncOp> differentiate(func::FuncOp function,
                                      ArrayRef<int64_t> wrt,
                                      unsigned maxTapeModes) {
  if (failed(checkSignature(function, wrt)))
    return failure();
  auto module = function->getParentOfType<ModuleOp>();
  std::string name = (function.getName() + "_value_and_grad").str();
  if (module.lookupSymbol(name))
    return function.emitError() << "there is already a symbol @" << name,
           failure();
  CellLibrary cells(module, maxTapeModes);
  OpBuilder builder(module.getContext());
  builder.setInsertionPointAfter(function);
  auto gradient = cast<func::FuncOp>(builder.clone(*function));
  gradient.setName(name);
  gradient.removeResAttrsAttr();
  auto fail = [&]() -> FailureOr<func::FuncOp> {
    gradient.erase();
    return failure();
  };
  formChains(gradient);
  if (failed(normalize(gradient, /*inlineChains=*/false)) ||
      failed(cells.normalizeCells(gradient)) ||
      failed(appendGradient(gradient, wrt, cells)) ||
      failed(inlineCalls(gradient))) // chains that no gradient passes through
    return fail();
  simplify(gradient);
  return gradient;
}

} // namespace bptt
