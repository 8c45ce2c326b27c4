//===- GPUMathTest.cpp - Functions that have derivatives are on GPUs ------===//

#include "bptt/Conversion/LowerToNVVM.h"
#include "bptt/Differentiation/DifferentiableOpInterface.h"
#include "bptt/Differentiation/Differentiate.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

#include "gtest/gtest.h"

using namespace mlir;

namespace {

int countOperands(StringRef name) {
  return name == "math.fma" ? 3 : name == "math.powf" ? 2 : 1;
}

/// A function that has `name` of every element computed.
std::string getProgram(StringRef name, const std::string &type) {
  std::string symbol = name.split('.').second.str(), operands = "%a";
  for (int i = 1; i < countOperands(name); ++i)
    operands += ", %a";
  std::string memref = "memref<8x" + type + ">";
  return "func.func @" + symbol + "(%x: " + memref + ", %y: " + memref + R"() {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%x : )" +
         memref + ") outs(%y : " + memref + ") {\n^bb0(%a: " + type +
         ", %b: " + type + "):\n%r = " + name.str() + " " + operands + " : " +
         type + "\nlinalg.yield %r : " + type + "\n}\nreturn\n}\n";
}

class GPUMath : public testing::TestWithParam<const char *> {};

TEST_P(GPUMath, HasWhatHasARule) {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
  bptt::registerDifferentiationRules(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  std::string text;
  int numRules = 0;
  for (RegisteredOperationName op : context.getRegisteredOperations())
    if (op.getDialectNamespace() == "math" &&
        op.hasInterface<bptt::DifferentiableOpInterface>()) {
      text += getProgram(op.getStringRef(), GetParam());
      ++numRules;
    }
  EXPECT_GE(numRules, 25);
  auto module = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(module) << text;
  PassManager pm(&context);
  bptt::NVVMLoweringOptions options;
  options.format = "isa";
  bptt::buildLowerToNVVMPipeline(pm, options);
  EXPECT_TRUE(succeeded(pm.run(*module)));
}

INSTANTIATE_TEST_SUITE_P(All, GPUMath, testing::Values("f32", "f64", "bf16"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });

} // namespace
