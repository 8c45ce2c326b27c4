//===- Glue.cpp - The C functions of a generated library ------------------===//

#include "ArtifactImpl.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace bptt;
using namespace llvm;

static constexpr StringLiteral kCInterfacePrefix("_mlir_ciface_");

namespace {
class Glue {
public:
  Glue(Module &module, const Interface &interface, const Program::Impl &program)
      : module(module), interface(interface), program(program),
        builder(module.getContext()), pointer(builder.getPtrTy()),
        i32(builder.getInt32Ty()), i64(builder.getInt64Ty()) {}

  void add() {
    hideCode();
    description = describe();
    addDescriptionFunction((interface.name + "_program"),
                           GlobalValue::ExternalLinkage);
    addDescriptionFunction(BPTT_LIBRARY_SYMBOL, GlobalValue::WeakAnyLinkage);
    addPlanFunction("_plan", "bptt_plan_create");
    addPlanFunction("_workspace_bytes", "bptt_workspace_bytes");
    addRunFunction();
  }

private:
  /// Compiled code keeps to itself, and leaves its names to the interface.
  void hideCode() {
    for (Function &function : module)
      if (!function.isDeclaration()) {
        code[function.getName()] = &function;
        function.setLinkage(GlobalValue::InternalLinkage);
      }
    for (auto &entry : code)
      entry.second->setName("code." + entry.first());
  }

  GlobalVariable *addConstant(Constant *value) {
    return new GlobalVariable(module, value->getType(), /*isConstant=*/true,
                              GlobalValue::PrivateLinkage, value);
  }
  Constant *number(IntegerType *type, int64_t value) {
    return ConstantInt::getSigned(type, value);
  }
  Constant *null() { return ConstantPointerNull::get(pointer); }
  Constant *text(StringRef string) {
    return addConstant(
        ConstantDataArray::getString(module.getContext(), string));
  }
  Constant *structure(ArrayRef<Constant *> fields) {
    return ConstantStruct::getAnon(module.getContext(), fields);
  }
  /// The address of the first of several constants of one type; null for none.
  Constant *list(ArrayRef<Constant *> items) {
    if (items.empty())
      return null();
    auto *type = llvm::ArrayType::get(items.front()->getType(), items.size());
    return addConstant(ConstantArray::get(type, items));
  }

  /// A function of one argument, the addresses of memref descriptors, that
  /// calls the C interface of `name`; null if there is no such function.
  Constant *addThunk(const Twine &name) {
    Function *callee = code.lookup((kCInterfacePrefix + name).str());
    if (!callee)
      return null();
    auto *type =
        FunctionType::get(callee->getReturnType(), {pointer}, /*vararg=*/false);
    Function *thunk = Function::Create(type, GlobalValue::InternalLinkage,
                                       "thunk." + name, module);
    builder.SetInsertPoint(BasicBlock::Create(module.getContext(), "", thunk));
    SmallVector<Value *> arguments;
    for (unsigned i = 0; i < callee->arg_size(); ++i)
      arguments.push_back(builder.CreateLoad(
          pointer, builder.CreateConstGEP1_64(pointer, thunk->getArg(0), i)));
    Value *result = builder.CreateCall(callee, arguments);
    callee->getReturnType()->isVoidTy() ? builder.CreateRetVoid()
                                        : builder.CreateRet(result);
    return thunk;
  }

  /// A function of the device's runtime; null for the CPU.
  Constant *addHook(StringRef name, ArrayRef<Type *> parameters) {
    if (!interface.isForGPU)
      return null();
    auto *type = FunctionType::get(i32, parameters, /*vararg=*/false);
    return Function::Create(type, GlobalValue::ExternalLinkage, name, module);
  }

  Constant *describe(const Interface::Array &array) {
    SmallVector<Constant *> shape;
    for (int64_t extent : array.type.shape)
      shape.push_back(number(i64, extent));
    return structure({text(array.name),
                      number(i32, static_cast<int>(array.type.element)),
                      number(i32, shape.size()), list(shape),
                      number(i64, array.gradientOf)});
  }

  SmallVector<Constant *> describe(ArrayRef<planning::TapeMode> tapeModes) {
    SmallVector<Constant *> modes;
    for (const planning::TapeMode &mode : tapeModes)
      modes.push_back(structure({number(i64, mode.residualBytes),
                                 number(i64, mode.extraBackwardCost)}));
    return modes;
  }

  /// `count` is the function that tells the length, or null.
  Constant *describe(const planning::Problem &problem, Constant *count) {
    SmallVector<Constant *> modes = describe(problem.tapeModes);
    SmallVector<Constant *> steps;
    for (const planning::ChainStep &step : problem.chain)
      steps.push_back(structure(
          {number(i64, step.stateBytes), number(i64, step.tapeModes.size()),
           list(describe(step.tapeModes)), number(i64, step.costs.advance),
           number(i64, step.costs.taped), number(i64, step.costs.backward)}));
    return structure(
        {number(i64, problem.numSteps), count, number(i64, problem.stateBytes),
         number(i64, modes.size()), list(modes),
         number(i64, problem.costs.advance), number(i64, problem.costs.taped),
         number(i64, problem.costs.backward), list(steps)});
  }

  Constant *describe(const planning::NestedRecurrence &nested) {
    return structure({describe(nested.problem, null()),
                      text(planning::toString(nested.policy)),
                      number(i64, nested.keptBytes)});
  }

  /// A bptt_program, field by field.
  GlobalVariable *describe() {
    SmallVector<Constant *> arguments, results, recurrences, nested;
    for (const Interface::Array &array : interface.arguments)
      arguments.push_back(describe(array));
    for (const Interface::Array &array : interface.results)
      results.push_back(describe(array));
    for (auto [index, problem] : enumerate(program.shared.problems))
      recurrences.push_back(describe(
          problem, problem.numSteps < 0
                       ? addThunk(program.name + "_num_steps_" + Twine(index))
                       : null()));
    for (const planning::NestedRecurrence &each : program.shared.nested)
      nested.push_back(describe(each));
    planning::PlainTotals plain =
        program.shared.plain.value_or(planning::PlainTotals());
    return addConstant(
        structure({number(i32, BPTT_ABI_VERSION),
                   number(i32, arguments.size()),
                   number(i32, results.size()),
                   number(i32, recurrences.size()),
                   number(i32, interface.threads),
                   number(i32, module.getFunction("bptt_cuda_product")
                                   ? BPTT_NEEDS_CUBLASLT
                                   : 0),
                   text(interface.name),
                   text(interface.isForGPU ? "cuda" : "cpu"),
                   text(interface.chip),
                   text(interface.features),
                   text(interface.policy),
                   text(interface.budget),
                   list(arguments),
                   list(results),
                   list(recurrences),
                   number(i64, nested.size()),
                   list(nested),
                   number(i64, plain.bytes),
                   number(i64, plain.cost),
                   addThunk(program.name),
                   number(i64, program.shared.otherBytes),
                   addThunk(program.name + "_workspace_bytes"),
                   addHook("bptt_cuda_begin",
                           {pointer, pointer, pointer, pointer}),
                   addHook("bptt_cuda_end", {pointer, pointer})}));
  }

  Function *startFunction(const Twine &name, GlobalValue::LinkageTypes linkage,
                          Type *result, ArrayRef<Type *> parameters) {
    Function *function = Function::Create(
        FunctionType::get(result, parameters, false), linkage, name, module);
    builder.SetInsertPoint(
        BasicBlock::Create(module.getContext(), "", function));
    return function;
  }

  void addDescriptionFunction(const Twine &name,
                              GlobalValue::LinkageTypes linkage) {
    startFunction(name, linkage, pointer, {});
    builder.CreateRet(description);
  }

  /// `values` one after the other in the function's frame.
  Value *gather(Type *type, ArrayRef<Value *> values) {
    Value *array = builder.CreateAlloca(
        type, builder.getInt64(std::max<size_t>(1, values.size())));
    for (auto [i, value] : enumerate(values))
      builder.CreateStore(value, builder.CreateConstGEP1_64(type, array, i));
    return array;
  }

  Value *callRuntime(StringRef name, ArrayRef<Value *> arguments) {
    SmallVector<Type *> types;
    for (Value *argument : arguments)
      types.push_back(argument->getType());
    return builder.CreateCall(
        module.getOrInsertFunction(name, FunctionType::get(i32, types, false)),
        arguments);
  }

  /// (extents..., budget, plan or size, message) to what `runtime` takes.
  void addPlanFunction(StringRef suffix, StringRef runtime) {
    size_t numExtents = interface.extents.size();
    SmallVector<Type *> types(numExtents + 1, i64);
    types.append(2, pointer);
    Function *function = startFunction(
        interface.name + suffix, GlobalValue::ExternalLinkage, i32, types);
    SmallVector<Value *> extents;
    for (size_t i = 0; i < numExtents; ++i)
      extents.push_back(function->getArg(i));
    builder.CreateRet(callRuntime(runtime, {description, gather(i64, extents),
                                            number(i64, numExtents),
                                            function->getArg(numExtents),
                                            function->getArg(numExtents + 1),
                                            function->getArg(numExtents + 2)}));
  }

  /// (plan, arrays..., workspace, bytes, stream, message) to bptt_run.
  void addRunFunction() {
    size_t numArguments = interface.arguments.size();
    size_t numArrays = numArguments + interface.results.size();
    SmallVector<Type *> types(1 + numArrays, pointer);
    types.append({pointer, i64, pointer, pointer});
    Function *function = startFunction(
        interface.name + "_run", GlobalValue::ExternalLinkage, i32, types);
    SmallVector<Value *> arrays;
    for (size_t i = 0; i < numArrays; ++i)
      arrays.push_back(function->getArg(1 + i));
    ArrayRef<Value *> all = arrays;
    Argument *rest = function->getArg(1 + numArrays);
    builder.CreateRet(
        callRuntime("bptt_run", {function->getArg(0), description,
                                 gather(pointer, all.take_front(numArguments)),
                                 gather(pointer, all.drop_front(numArguments)),
                                 rest, rest + 1, rest + 2, rest + 3}));
  }

  Module &module;
  const Interface &interface;
  const Program::Impl &program;
  IRBuilder<> builder;
  PointerType *pointer;
  IntegerType *i32, *i64;
  GlobalVariable *description = nullptr;
  StringMap<Function *> code;
};
} // namespace

void bptt::addGlue(Module &module, const Interface &interface,
                   const Program::Impl &program) {
  Glue(module, interface, program).add();
}
