//===- Options.cpp - What bptt-run is asked for ---------------------------===//

#include "Options.h"

using namespace bptt;
namespace cl = llvm::cl;

namespace {
enum class Kernels { PTX, Cubin, Fatbin };

/// Made after the parser is reset: LLVM's own options, of which some have the
/// same names, are gone then.
struct CommandLine {
  cl::OptionCategory category{"bptt-run options"};
  cl::opt<std::string> input{cl::Positional, cl::Required,
                             cl::desc("<file.mlir>"), cl::cat(category)};
  cl::opt<std::string> function{
      "function", cl::cat(category), cl::value_desc("name"),
      cl::desc("The function (default: the only public one)")};
  cl::list<int64_t> wrt{
      "wrt", cl::CommaSeparated, cl::cat(category), cl::value_desc("positions"),
      cl::desc("Arguments to differentiate by (default: those marked "
               "bptt.wrt, else all of floating-point type)")};
  cl::opt<std::string> budget{
      "budget", cl::init("max"), cl::cat(category), cl::value_desc("size"),
      cl::desc("Bytes (64MiB), a share of what plain BPTT takes (5%), or max "
               "(default)")};
  cl::opt<std::string> policy{
      "policy", cl::init("optimal"), cl::cat(category), cl::value_desc("name"),
      cl::desc("optimal (default), full, none, hsm, ism, msm, chen-sqrt or "
               "chen-recursive")};
  cl::opt<bool> fuseScans{
      "fuse-scans", cl::init(true), cl::cat(category),
      cl::desc("Make stacked layers one recurrence, so that the sequence "
               "between them is not stored (default)")};
  cl::opt<unsigned> tapeModes{
      "tape-modes", cl::init(3), cl::cat(category), cl::value_desc("N"),
      cl::desc("The most ways in which a step can be taped (default 3)")};
  cl::opt<std::string> costs{
      "costs", cl::cat(category), cl::value_desc("file"),
      cl::desc("Measured costs to plan with, as --profile writes them")};
  cl::opt<std::string> profile{
      "profile", cl::cat(category), cl::value_desc("file"),
      cl::desc("Measure the costs of a step and write them")};
  ExecutionFlags execution{category};
  cl::opt<Check> check{
      "check",
      cl::ValueOptional,
      cl::init(Check::None),
      cl::cat(category),
      cl::desc("Compare with"),
      cl::values(clEnumValN(Check::All, "",
                            "plain BPTT, and finite differences in f64"),
                 clEnumValN(Check::Plain, "plain",
                            "plain BPTT alone: values, peak, evaluations"),
                 clEnumValN(Check::All, "all", "the same as --check"))};
  cl::opt<bool> value{
      "value", cl::cat(category),
      cl::desc("Run the function as it is, without differentiating it")};
  cl::opt<unsigned> threads{
      "threads", cl::init(1), cl::cat(category), cl::value_desc("N"),
      cl::desc("Threads of the compiled program (default 1)")};
  cl::opt<bool> emulateGPU{
      "emulate-gpu", cl::cat(category),
      cl::desc("Form GPU kernels and run them on this CPU, thread by thread "
               "(slow; to test them)")};
  cl::opt<std::string> matmulPrecision{
      "matmul-precision", cl::init("f32"), cl::cat(category),
      cl::value_desc("f32|tf32|bf16"),
      cl::desc("Of kernels: what factors of f32 become on tensor cores. As "
               "exact as f32 (default); tf32, all of them; bf16, where the "
               "other factor is bf16 or f16")};
  cl::opt<Emit> emit{
      "emit", cl::init(Emit::Nothing), cl::cat(category),
      cl::desc("Write the compiled program, and a C header, and run nothing"),
      cl::values(clEnumValN(Emit::LLVMIR, "llvm", "LLVM IR, optimised"),
                 clEnumValN(Emit::Object, "obj", "an object file"),
                 clEnumValN(Emit::SharedLibrary, "so",
                            "a shared library, which bptt-exec runs"),
                 clEnumValN(Emit::PTX, "ptx", "the kernels for a GPU, as text"),
                 clEnumValN(Emit::Cubin, "cubin",
                            "the same as machine code, by ptxas"))};
  cl::opt<Platform> target{
      "target", cl::init(Platform::CPU), cl::cat(category),
      cl::desc("What --emit writes for"),
      cl::values(clEnumValN(Platform::CPU, "cpu", "a CPU (default)"),
                 clEnumValN(Platform::NVPTX, "nvptx", "an NVIDIA GPU"))};
  cl::opt<Kernels> kernels{
      "kernels", cl::init(Kernels::PTX), cl::cat(category),
      cl::desc("What a library for a GPU contains"),
      cl::values(clEnumValN(Kernels::PTX, "isa",
                            "PTX, compiled by the driver (default)"),
                 clEnumValN(Kernels::Cubin, "bin", "machine code, by ptxas"),
                 clEnumValN(Kernels::Fatbin, "fatbin", "both"))};
  cl::opt<Products> matmul{
      "matmul", cl::init(Products::Kernels), cl::cat(category),
      cl::desc("Who computes matrix products on a GPU"),
      cl::values(
          clEnumValN(Products::Kernels, "nvvm", "kernels made here (default)"),
          clEnumValN(Products::Warpgroups, "wgmma",
                     "the same, on sm_90a with wgmma and TMA where they can"),
          clEnumValN(Products::CublasLt, "cublas",
                     "cuBLASLt, which is then needed to run"))};
  cl::opt<std::string> chip{
      "chip", cl::cat(category), cl::value_desc("name"),
      cl::desc("The processor that --emit writes for: x86-64-v3, skylake, ... "
               "(default: this machine's), or for GPUs sm_80, ... (default: "
               "sm_90a)")};
  cl::opt<std::string> output{
      "o", cl::cat(category), cl::value_desc("file"),
      cl::desc("Where --emit writes; the header goes beside "
               "it, but not for pipes, devices and - "
               "(standard output)")};
};
} // namespace

/// A name that is empty names nothing.
static llvm::Error checkNames(const CommandLine &line) {
  for (const cl::opt<std::string> *option :
       {&line.function, &line.costs, &line.profile, &line.chip})
    if (option->getNumOccurrences() && option->empty())
      return llvm::createStringError("--" + option->ArgStr + " is empty");
  return llvm::Error::success();
}

/// What is taken no gradient of has nothing to differentiate by, and a plan
/// only if it comes with the sweeps.
static llvm::Error checkValue(const CommandLine &line, RunOptions &options) {
  if (!line.value)
    return llvm::Error::success();
  if (line.check != Check::None || !line.profile.empty())
    return llvm::createStringError("--value takes no gradient, so there is "
                                   "nothing to --check or --profile");
  // Lists have an operator & of their own.
  for (const cl::Option *option : std::initializer_list<const cl::Option *>{
           std::addressof(line.wrt), &line.tapeModes})
    if (option->getNumOccurrences())
      return llvm::createStringError("--value takes no gradient, so there is "
                                     "nothing for --" +
                                     option->ArgStr);
  for (const cl::Option *option :
       std::initializer_list<const cl::Option *>{&line.policy, &line.costs})
    if (option->getNumOccurrences())
      options.needsPlan = option->ArgStr.str();
  return llvm::Error::success();
}

/// What is written is not run.
static llvm::Error checkEmission(const CommandLine &line) {
  bool emits = line.emit != Emit::Nothing;
  if (emits != !line.output.empty())
    return llvm::createStringError(
        emits ? "--emit needs -o, the file to write"
              : "-o needs --emit, what to write there; results go to --result");
  for (const cl::Option *of : {static_cast<const cl::Option *>(&line.chip),
                               static_cast<const cl::Option *>(&line.target)})
    if (!emits && of->getNumOccurrences())
      return llvm::createStringError(
          "--" + of->ArgStr +
          " is for --emit; what is run is run on this machine");
  if (emits && line.emulateGPU)
    return llvm::createStringError("--emulate-gpu is for programs that are run "
                                   "here; --target=nvptx writes for GPUs");
  if (line.matmulPrecision.getNumOccurrences() && !line.emulateGPU &&
      line.target != Platform::NVPTX)
    return llvm::createStringError(
        "--matmul-precision is for kernels: --target=nvptx or --emulate-gpu");
  bool areKernels = line.emit == Emit::PTX || line.emit == Emit::Cubin;
  bool isForGPU = line.target == Platform::NVPTX;
  if (areKernels && !isForGPU)
    return llvm::createStringError("--emit=ptx and --emit=cubin are for "
                                   "--target=nvptx");
  if (line.kernels.getNumOccurrences() && (areKernels || !isForGPU))
    return llvm::createStringError(
        "--kernels says what a library for --target=nvptx contains");
  if (line.matmul.getNumOccurrences() && !isForGPU && !line.emulateGPU)
    return llvm::createStringError(
        "--matmul is for --target=nvptx and --emulate-gpu");
  if (line.matmul == Products::CublasLt &&
      line.matmulPrecision.getNumOccurrences())
    return llvm::createStringError(
        "--matmul-precision is for kernels, not for --matmul=cublas");
  if (isForGPU && line.threads.getNumOccurrences())
    return llvm::createStringError("--threads is for --target=cpu");
  if (line.emulateGPU && line.threads.getNumOccurrences())
    return llvm::createStringError(
        "--threads is not for --emulate-gpu, which runs a kernel's threads one "
        "after the other");
  for (const cl::Option *other : std::initializer_list<const cl::Option *>{
           line.execution.findGiven(), &line.execution.getFormat(), &line.check,
           &line.profile})
    if (emits && other && other->getNumOccurrences())
      return llvm::createStringError("--emit runs nothing, so there is nothing "
                                     "for --" +
                                     other->ArgStr);
  return llvm::Error::success();
}

llvm::Expected<RunOptions> bptt::parseOptions(int argc, char **argv) {
  cl::ResetCommandLineParser();
  CommandLine line;
  cl::HideUnrelatedOptions(line.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Value and gradient of a recurrence, inside a memory budget\n");
  if (llvm::Error error = checkNames(line))
    return std::move(error);
  if (llvm::Error error = checkEmission(line))
    return std::move(error);
  auto execution = line.execution.get();
  if (!execution)
    return execution.takeError();
  RunOptions options;
  static_cast<ExecutionOptions &>(options) = std::move(*execution);
  options.input = line.input;
  options.emit = line.emit;
  options.compile.chip = line.chip;
  options.compile.platform = line.target;
  options.compile.kernelFormat = line.kernels == Kernels::PTX     ? "isa"
                                 : line.kernels == Kernels::Cubin ? "bin"
                                                                  : "fatbin";
  if (line.emit == Emit::PTX || line.emit == Emit::Cubin)
    options.compile.kernelFormat = line.emit == Emit::PTX ? "isa" : "bin";
  options.compile.products = line.matmul;
  options.output = line.output;
  options.compile.target.function = line.function;
  options.compile.emulateGPU = line.emulateGPU;
  options.compile.matmulPrecision = line.matmulPrecision;
  options.compile.target.wrt.assign(line.wrt.begin(), line.wrt.end());
  options.compile.budget = line.budget;
  options.compile.policy = line.policy;
  options.compile.costs = line.costs;
  options.compile.fuseScans = line.fuseScans;
  options.compile.tapeModes = line.tapeModes;
  options.compile.threads = line.threads;
  options.profile = line.profile;
  options.check = line.check;
  options.compile.gradient = !line.value;
  if (options.profile == "-")
    return llvm::createStringError(
        "--profile: the standard output is for the report; name a file");
  if (llvm::Error error = checkValue(line, options))
    return std::move(error);
  if (line.threads == 0 || line.tapeModes == 0)
    return llvm::createStringError(
        "--threads and --tape-modes must be at least 1");
  return options;
}
