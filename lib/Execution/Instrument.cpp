//===- Instrument.cpp - Programs that count and time themselves -----------===//

#include "Instrument.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"

#include <chrono>

using namespace bptt;

void bptt::countEvaluations(llvm::Module &module, llvm::StringRef caller,
                            const llvm::StringSet<> &cells) {
  llvm::Type *type = llvm::Type::getInt64Ty(module.getContext());
  auto *counter = new llvm::GlobalVariable(
      module, type, /*isConstant=*/false, llvm::GlobalValue::ExternalLinkage,
      llvm::ConstantInt::get(type, 0), kEvaluationsSymbol);
  llvm::Function *function = module.getFunction(caller);
  if (!function)
    return;
  for (llvm::Instruction &instruction : llvm::instructions(*function)) {
    auto *call = llvm::dyn_cast<llvm::CallInst>(&instruction);
    llvm::Function *callee = call ? call->getCalledFunction() : nullptr;
    if (!callee || !cells.contains(callee->getName()))
      continue;
    llvm::IRBuilder<> builder(call);
    llvm::Value *count = builder.CreateLoad(type, counter);
    builder.CreateStore(
        builder.CreateAdd(count, llvm::ConstantInt::get(type, 1)), counter);
  }
}

static int64_t getNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

static void beginCell(CellTimer *timer) { timer->begin = getNanoseconds(); }

static void endCell(CellTimer *timer) {
  timer->nanoseconds += getNanoseconds() - timer->begin;
  ++timer->calls;
}

void bptt::timeCells(llvm::Module &module, const CellTimers &timers) {
  llvm::LLVMContext &context = module.getContext();
  llvm::IRBuilder<> builder(context);
  auto *type =
      llvm::FunctionType::get(builder.getVoidTy(), {builder.getPtrTy()}, false);
  // The code runs in this process: addresses are constants.
  auto getAddress = [&](const void *pointer) {
    return llvm::ConstantExpr::getIntToPtr(
        builder.getInt64(reinterpret_cast<uint64_t>(pointer)),
        builder.getPtrTy());
  };
  auto *begin = getAddress(reinterpret_cast<const void *>(&beginCell));
  auto *end = getAddress(reinterpret_cast<const void *>(&endCell));
  for (auto &[name, timer] : timers) {
    llvm::Function *function = module.getFunction(name);
    if (!function || function->isDeclaration())
      continue;
    builder.SetInsertPoint(&*function->getEntryBlock().getFirstInsertionPt());
    builder.CreateCall(type, begin, {getAddress(timer.get())});
    for (llvm::Instruction &instruction : llvm::instructions(*function))
      if (llvm::isa<llvm::ReturnInst>(instruction)) {
        builder.SetInsertPoint(&instruction);
        builder.CreateCall(type, end, {getAddress(timer.get())});
      }
  }
}
