//===- Options.cpp - What bptt-exec is asked for --------------------------===//

#include "Options.h"

using namespace bptt;
namespace cl = llvm::cl;

namespace {

struct CommandLine {
  cl::OptionCategory category{"bptt-exec options"};
  cl::opt<std::string> library{cl::Positional, cl::Required,
                               cl::desc("<library.so>"), cl::cat(category)};
  cl::opt<std::string> budget{
      "budget", cl::cat(category), cl::value_desc("size"),
      cl::desc("Bytes (64MiB), a share of what plain BPTT takes (5%), or max "
               "(default: what the library was compiled with)")};
  ExecutionFlags execution{category};
  cl::opt<bool> check{
      "check", cl::cat(category),
      cl::desc("Compare with plain BPTT, which is the same program where "
               "everything is kept: values, peak, allocations; and runs with "
               "each other")};
  cl::opt<std::string> against{
      "against", cl::cat(category), cl::value_desc("library.so"),
      cl::desc("Compare with the results of another library, one for the CPU "
               "for example; one in f64 is given the same numbers")};
  cl::opt<double> tolerance{
      "tolerance", cl::init(1e-5), cl::cat(category), cl::value_desc("x"),
      cl::desc("Most by which a result may differ from that of --against, "
               "over the largest element (default 1e-5)")};
  cl::opt<bool> describe{
      "describe", cl::cat(category),
      cl::desc("Say what the library takes and returns, and run nothing")};
  cl::opt<int> device{"device", cl::init(0), cl::cat(category),
                      cl::value_desc("N"),
                      cl::desc("The GPU that a library for GPUs runs on "
                               "(default 0)")};
  cl::opt<bool> graph{
      "graph", cl::cat(category),
      cl::desc("On a GPU: record a run as a graph, and replay it")};
  cl::opt<int64_t> graphLaunches{
      "graph-launches", cl::init(BPTT_CUDA_GRAPH_LAUNCHES), cl::cat(category),
      cl::value_desc("N"),
      cl::desc("Most launches in a graph; a longer run becomes several")};
};
} // namespace

llvm::Expected<ExecOptions> bptt::parseOptions(int argc, char **argv) {
  cl::ResetCommandLineParser();
  CommandLine line;
  cl::HideUnrelatedOptions(line.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Runs a library that bptt-run compiled, inside a memory budget\n");
  for (const cl::opt<std::string> *option : {&line.budget, &line.against})
    if (option->getNumOccurrences() && option->empty())
      return llvm::createStringError("--" + option->ArgStr + " is empty");
  if (line.tolerance.getNumOccurrences() && line.against.empty())
    return llvm::createStringError("--tolerance is for --against");
  if (line.graphLaunches.getNumOccurrences() && !line.graph)
    return llvm::createStringError("--graph-launches is for --graph");
  if (line.graphLaunches < 1)
    return llvm::createStringError("--graph-launches must be at least 1");
  if (line.describe)
    for (const cl::Option *other : std::initializer_list<const cl::Option *>{
             line.execution.findGiven(), &line.budget, &line.check, &line.graph,
             &line.against, &line.device})
      if (other && other->getNumOccurrences())
        return llvm::createStringError("--describe runs nothing, so there is "
                                       "nothing for --" +
                                       other->ArgStr);
  auto execution = line.execution.get();
  if (!execution)
    return execution.takeError();
  ExecOptions options;
  static_cast<ExecutionOptions &>(options) = std::move(*execution);
  options.library = line.library;
  options.budget = line.budget;
  options.check = line.check;
  options.against = line.against;
  options.tolerance = line.tolerance;
  options.describe = line.describe;
  options.device = line.device;
  options.graph = line.graph;
  options.graphLaunches = line.graphLaunches;
  return options;
}
