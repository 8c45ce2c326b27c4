//===- bptt-plugin.cpp - Dialect and passes for a stock mlir-opt ----------===//

#include "bptt/Pipelines/Registration.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Config/llvm-config.h"

#define BPTT_PLUGIN_NAME "bptt"
#define BPTT_PLUGIN_VERSION LLVM_VERSION_STRING

extern "C" LLVM_ATTRIBUTE_WEAK ::mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, BPTT_PLUGIN_NAME, BPTT_PLUGIN_VERSION,
          [](mlir::DialectRegistry *registry) {
            bptt::registerDialects(*registry);
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK ::mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, BPTT_PLUGIN_NAME, BPTT_PLUGIN_VERSION,
          [] { bptt::registerPasses(); }};
}
