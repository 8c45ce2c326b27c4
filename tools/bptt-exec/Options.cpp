//===- Options.cpp - What bptt-exec is asked for --------------------------===//

#include "Options.h"

#include "llvm/Support/CommandLine.h"

using namespace bptt;
namespace cl = llvm::cl;

namespace {
enum class Format { Text, Json };

struct CommandLine {
  cl::OptionCategory category{"bptt-exec options"};
  cl::opt<std::string> library{cl::Positional, cl::Required,
                               cl::desc("<library.so>"), cl::cat(category)};
  cl::opt<std::string> budget{
      "budget", cl::cat(category), cl::value_desc("size"),
      cl::desc("Bytes (64MiB), a share of what plain BPTT takes (5%), or max "
               "(default: what the library was compiled with)")};
  cl::opt<uint64_t> seed{"seed", cl::init(0), cl::cat(category),
                         cl::desc("Seed of random arguments (default 0)")};
  cl::opt<int64_t> steps{
      "steps", cl::init(-1), cl::cat(category), cl::value_desc("T"),
      cl::desc("Extent of dynamic dimensions of random arguments")};
  cl::list<std::string> arguments{
      "arg", cl::cat(category), cl::value_desc("N=file"),
      cl::desc("Argument N from file.npy, or its tokens from text:file; "
               "others are random")};
  cl::list<std::string> results{
      "result", cl::cat(category), cl::value_desc("N=file"),
      cl::desc("Write result N (values, then gradients) to file.npy")};
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
  cl::opt<unsigned> repeat{"repeat", cl::init(1), cl::cat(category),
                           cl::value_desc("N"),
                           cl::desc("Run N times and report the median")};
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
  cl::opt<Format> format{
      "format", cl::init(Format::Text), cl::cat(category), cl::desc("Output"),
      cl::values(clEnumValN(Format::Text, "text", "for people (default)"),
                 clEnumValN(Format::Json, "json", "one object"))};
};
} // namespace

llvm::Expected<ExecOptions> bptt::parseOptions(int argc, char **argv) {
  cl::ResetCommandLineParser();
  CommandLine line;
  cl::HideUnrelatedOptions(line.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Runs a library that bptt-run compiled, inside a memory budget\n");
  if (line.repeat == 0)
    return llvm::createStringError("--repeat must be at least 1");
  if (line.tolerance.getNumOccurrences() && line.against.empty())
    return llvm::createStringError("--tolerance is for --against");
  if (line.steps.getNumOccurrences() && line.steps < 0)
    return llvm::createStringError("--steps must not be negative");
  if (line.graphLaunches.getNumOccurrences() && !line.graph)
    return llvm::createStringError("--graph-launches is for --graph");
  if (line.graphLaunches < 1)
    return llvm::createStringError("--graph-launches must be at least 1");
  const cl::Option *others[] = {&line.budget,  &line.seed,
                                &line.steps,   std::addressof(line.arguments),
                                &line.check,   &line.graph,
                                &line.against, &line.device,
                                &line.repeat,  std::addressof(line.results)};
  for (const cl::Option *other : others)
    if (line.describe && other->getNumOccurrences())
      return llvm::createStringError("--describe runs nothing, so there is "
                                     "nothing for --" +
                                     other->ArgStr);
  ExecOptions options;
  options.library = line.library;
  options.budget = line.budget;
  options.arguments.seed = line.seed;
  options.arguments.steps = line.steps;
  options.check = line.check;
  options.against = line.against;
  options.tolerance = line.tolerance;
  options.describe = line.describe;
  options.repeat = line.repeat;
  options.device = line.device;
  options.graph = line.graph;
  options.graphLaunches = line.graphLaunches;
  options.json = line.format == Format::Json;
  auto given = parseAssignments("arg", line.arguments);
  if (!given)
    return given.takeError();
  auto written = parseAssignments("result", line.results);
  if (!written)
    return written.takeError();
  options.arguments.files = std::move(*given);
  options.results = std::move(*written);
  return options;
}
