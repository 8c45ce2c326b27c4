//===- ExecutionOptions.cpp - What tools that run are asked for -----------===//

#include "ExecutionOptions.h"

using namespace bptt;
namespace cl = llvm::cl;

ExecutionFlags::ExecutionFlags(cl::OptionCategory &category)
    : seed("seed", cl::init(0), cl::cat(category),
           cl::desc("Seed of random arguments (default 0)")),
      steps("steps", cl::init(-1), cl::cat(category), cl::value_desc("T"),
            cl::desc("Extent of dynamic dimensions of random arguments")),
      arguments("arg", cl::cat(category), cl::value_desc("N=file"),
                cl::desc("Argument N from file.npy, or its tokens from "
                         "text:file; others are random")),
      results("result", cl::cat(category), cl::value_desc("N=file"),
              cl::desc("Write result N (values, then gradients) to file.npy")),
      repeat("repeat", cl::init(1), cl::cat(category), cl::value_desc("N"),
             cl::desc("Run N times and report the median")),
      format(
          "format", cl::init(Format::Text), cl::cat(category),
          cl::desc("Output"),
          cl::values(clEnumValN(Format::Text, "text", "for people (default)"),
                     clEnumValN(Format::Json, "json", "one object"))) {}

llvm::Expected<ExecutionOptions> ExecutionFlags::get() {
  if (repeat == 0)
    return llvm::createStringError("--repeat must be at least 1");
  if (steps.getNumOccurrences() && steps < 0)
    return llvm::createStringError("--steps must not be negative");
  auto given = parseAssignments("arg", arguments);
  if (!given)
    return given.takeError();
  auto written = parseAssignments("result", results);
  if (!written)
    return written.takeError();
  for (auto &[position, path] : *written)
    if (path == "-")
      return llvm::createStringError(
          "--result %u: the standard output is for the report; name a file",
          position);
  ExecutionOptions options;
  options.arguments = {std::move(*given), seed, steps};
  options.results = std::move(*written);
  options.repeat = repeat;
  options.json = format == Format::Json;
  return options;
}

const cl::Option *ExecutionFlags::findGiven() const {
  // Lists have an operator & of their own.
  for (const cl::Option *flag : std::initializer_list<const cl::Option *>{
           &seed, &steps, std::addressof(arguments), std::addressof(results),
           &repeat})
    if (flag->getNumOccurrences())
      return flag;
  return nullptr;
}
