//===- functions.cpp - Time the functions of a bufferized module ----------===//
//
// bench-functions FILE.mlir [--num-threads=N] [--repeat=N] [--dynamic=N]
//
// Lowers FILE for this CPU and calls each public function on memrefs of random
// numbers, in turns; prints one line of JSON for each, with its best time.
// Dynamic sizes become what --dynamic says.
//
//===----------------------------------------------------------------------===//

#include "bptt/Conversion/HostTarget.h"
#include "bptt/Conversion/LowerToCPU.h"
#include "bptt/Runtime/ParallelFor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"

#include <chrono>
#include <cstdlib>
#include <limits>
#include <random>

using namespace mlir;
namespace cl = llvm::cl;

static cl::opt<std::string> inputFile(cl::Positional, cl::Required,
                                      cl::desc("<file>"));
static cl::opt<int64_t> numThreads("num-threads", cl::init(1),
                                   cl::desc("Threads to compile for"));
static cl::opt<int64_t> repeat("repeat", cl::init(20),
                               cl::desc("Timed calls of each function"));
static cl::opt<int64_t> dynamicSize("dynamic", cl::init(1000),
                                    cl::desc("What a dynamic size becomes"));

namespace {
/// A memref descriptor and the memory behind it.
struct Buffer {
  explicit Buffer(MemRefType type) {
    int64_t elements = 1;
    SmallVector<int64_t> sizes;
    for (int64_t size : type.getShape())
      sizes.push_back(ShapedType::isDynamic(size) ? int64_t(dynamicSize)
                                                  : size);
    SmallVector<int64_t> strides(sizes.size());
    for (size_t i = sizes.size(); i-- > 0; elements *= sizes[i])
      strides[i] = elements;
    int64_t bytes = (elements * type.getElementTypeBitWidth() + 7) / 8;
    memory = std::aligned_alloc(4096, llvm::alignTo(bytes, 4096));
    fill(type, elements);
    descriptor = {int64_t(memory), int64_t(memory), 0};
    descriptor.append(sizes);
    descriptor.append(strides);
  }
  Buffer(const Buffer &) = delete;
  ~Buffer() { std::free(memory); }

  void fill(MemRefType type, int64_t elements) {
    std::mt19937 generator(7);
    std::uniform_real_distribution<float> uniform(-0.1f, 0.1f);
    if (type.getElementType().isF32())
      std::generate_n(static_cast<float *>(memory), elements,
                      [&] { return uniform(generator); });
    else if (type.getElementType().isF64())
      std::generate_n(static_cast<double *>(memory), elements,
                      [&] { return uniform(generator); });
    else
      std::memset(memory, 0, elements * type.getElementTypeBitWidth() / 8);
  }

  void *memory;
  SmallVector<int64_t> descriptor;
};

struct Entry {
  std::string name;
  std::vector<std::unique_ptr<Buffer>> buffers;
  double best = std::numeric_limits<double>::infinity();
};
} // namespace

static LogicalResult collect(ModuleOp module, std::vector<Entry> &entries) {
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isExternal())
      continue;
    function->setAttr("llvm.emit_c_interface",
                      UnitAttr::get(module.getContext()));
    entries.emplace_back();
    entries.back().name = "_mlir_ciface_" + function.getName().str();
    for (Type type : function.getArgumentTypes()) {
      auto memref = dyn_cast<MemRefType>(type);
      if (!memref || function.getNumResults() != 0)
        return function.emitError("only memref arguments and no results here");
      entries.back().buffers.push_back(std::make_unique<Buffer>(memref));
    }
  }
  return success();
}

static llvm::Error time(ExecutionEngine &engine, Entry &entry) {
  SmallVector<void *> descriptors, arguments;
  for (auto &buffer : entry.buffers)
    descriptors.push_back(buffer->descriptor.data());
  for (void *&descriptor : descriptors)
    arguments.push_back(&descriptor);
  auto start = std::chrono::steady_clock::now();
  if (auto error = engine.invokePacked(entry.name, arguments))
    return error;
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  entry.best = std::min(entry.best, seconds.count());
  return llvm::Error::success();
}

static llvm::Error run(ModuleOp module, std::vector<Entry> &entries) {
  auto machine = bptt::createHostTargetMachine();
  if (!machine)
    return machine.takeError();
  auto optimizer = bptt::makeHostOptimizer(machine->get());
  ExecutionEngineOptions options;
  options.transformer = optimizer;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  auto codegenMachine = bptt::createHostTargetMachine();
  if (!codegenMachine)
    return codegenMachine.takeError();
  options.enableObjectDump = std::getenv("BPTT_DUMP_OBJECT") != nullptr;
  auto engine =
      ExecutionEngine::create(module, options, std::move(*codegenMachine));
  if (!engine)
    return engine.takeError();
  (*engine)->registerSymbols([](llvm::orc::MangleAndInterner mangle) {
    llvm::orc::SymbolMap symbols;
    symbols[mangle("bptt_parallel_for")] =
        llvm::orc::ExecutorSymbolDef::fromPtr(&bptt_parallel_for,
                                              llvm::JITSymbolFlags::Exported);
    return symbols;
  });
  for (int64_t i = 0; i <= repeat; ++i)
    for (Entry &entry : entries)
      if (auto error = time(**engine, entry))
        return error;
  if (const char *file = std::getenv("BPTT_DUMP_OBJECT"))
    (*engine)->dumpToObjectFile(file);
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "Time functions on memrefs\n");
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(inputFile, &context);
  std::vector<Entry> entries;
  if (!module || failed(collect(*module, entries)))
    return 1;
  PassManager pm(&context);
  bptt::CPULoweringOptions options;
  options.threads = numThreads;
  bptt::buildLowerToCPUPipeline(pm, options);
  if (failed(pm.run(*module)))
    return 1;
  if (auto error = run(*module, entries)) {
    llvm::errs() << "bench-functions: " << toString(std::move(error)) << "\n";
    return 1;
  }
  for (Entry &entry : entries)
    llvm::outs() << "{\"function\": \"" << StringRef(entry.name).drop_front(13)
                 << "\", \"us\": " << llvm::format("%.2f", entry.best * 1e6)
                 << "}\n";
  return 0;
}
