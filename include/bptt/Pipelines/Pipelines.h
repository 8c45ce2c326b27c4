//===- Pipelines.h - Whole ways in one option -------------------*- C++ -*-===//

#ifndef BPTT_PIPELINES_PIPELINES_H
#define BPTT_PIPELINES_PIPELINES_H

#include "bptt/Conversion/LowerToNVVM.h"

#include "mlir/Pass/PassOptions.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace bptt {

struct MaterializeOptions : mlir::PassPipelineOptions<MaterializeOptions> {
  Option<std::string> form{
      *this, "form",
      llvm::cl::desc("rolled (a table of actions, any length), unrolled "
                     "(straight-line, at most 32 steps) or plain (ordinary "
                     "BPTT, the reference)"),
      llvm::cl::init("rolled")};
};

/// `--bptt-materialize`: storage appears, everything in one arena.
void buildMaterializePipeline(mlir::OpPassManager &pm,
                              const MaterializeOptions &options);

struct PipelineOptions : mlir::PassPipelineOptions<PipelineOptions> {
  enum class Target { CPU, NVPTX };
  Option<Target> target{
      *this, "target", llvm::cl::desc("What to lower to"),
      llvm::cl::init(Target::CPU),
      llvm::cl::values(clEnumValN(Target::CPU, "cpu", "this machine's CPU"),
                       clEnumValN(Target::NVPTX, "nvptx", "NVIDIA GPUs"))};
  Option<std::string> chip{*this, "chip",
                           llvm::cl::desc("As for --bptt-lower-to-nvvm"),
                           llvm::cl::init("sm_90a")};
  Option<std::string> format{*this, "format",
                             llvm::cl::desc("As for --bptt-lower-to-nvvm"),
                             llvm::cl::init("isa")};
  Option<Products> matmul{
      *this, "matmul", llvm::cl::desc("As for --bptt-lower-to-nvvm"),
      llvm::cl::init(Products::Kernels),
      llvm::cl::values(
          clEnumValN(Products::Kernels, "nvvm", "kernels made here"),
          clEnumValN(Products::Warpgroups, "wgmma", "the same, with wgmma"),
          clEnumValN(Products::CublasLt, "cublas", "cuBLASLt"))};
  Option<std::string> matmulPrecision{
      *this, "matmul-precision", llvm::cl::desc("As for --bptt-lower-to-nvvm"),
      llvm::cl::init("f32")};
  Option<std::string> function{
      *this, "function",
      llvm::cl::desc("The function to differentiate (default: the only public "
                     "one)")};
  ListOption<int64_t> wrt{
      *this, "wrt",
      llvm::cl::desc("Positions of the arguments to differentiate for "
                     "(default: those marked bptt.wrt, else all of "
                     "floating-point type)")};
  Option<bool> fuseScans{
      *this, "fuse-scans",
      llvm::cl::desc("Make stacked layers one recurrence (default)"),
      llvm::cl::init(true)};
  Option<unsigned> tapeModes{
      *this, "tape-modes",
      llvm::cl::desc("The most ways in which a step can be taped"),
      llvm::cl::init(3)};
  Option<std::string> budget{
      *this, "budget",
      llvm::cl::desc("Bytes (64MiB), a share of what plain BPTT takes (5%), "
                     "or max"),
      llvm::cl::init("max")};
  Option<std::string> policy{*this, "policy",
                             llvm::cl::desc("The planner's policy"),
                             llvm::cl::init("optimal")};
  Option<std::string> costs{*this, "costs",
                            llvm::cl::desc("File of measured costs")};
  Option<std::string> form{*this, "form",
                           llvm::cl::desc("As for --bptt-materialize"),
                           llvm::cl::init("rolled")};
  Option<unsigned> threads{*this, "threads",
                           llvm::cl::desc("Threads of the program"),
                           llvm::cl::init(1)};
};

/// `--bptt-pipeline`: from `bptt.scan` to the LLVM dialect.
void buildPipeline(mlir::OpPassManager &pm, const PipelineOptions &options);

void registerPipelines();

} // namespace bptt

#endif
