//===- Arguments.cpp - Where the arguments of a run come from -------------===//

#include "bptt/Arrays/Arguments.h"

#include "llvm/ADT/STLExtras.h"

using namespace bptt;

llvm::Expected<FileAssignments>
bptt::parseAssignments(llvm::StringRef option,
                       const std::vector<std::string> &assignments) {
  FileAssignments parsed;
  for (llvm::StringRef assignment : assignments) {
    auto [position, file] = assignment.split('=');
    unsigned number;
    if (position.getAsInteger(10, number) || file.empty())
      return llvm::createStringError("--" + option + "=" + assignment +
                                     ": expected N=file");
    if (!parsed.emplace(number, file).second)
      return llvm::createStringError("--" + option + " is given twice for #" +
                                     llvm::Twine(number));
  }
  return parsed;
}

static bool isText(llvm::StringRef file) { return file.starts_with("text:"); }

/// Whether nothing but `steps` tells how long an argument is.
static bool needsSteps(unsigned position, const ArrayType &type,
                       const ArgumentSources &sources) {
  auto file = sources.files.find(position);
  return !type.isStatic() &&
         (file == sources.files.end() || isText(file->second));
}

static llvm::Expected<Array> makeArgument(unsigned position, ArrayType type,
                                          const ArgumentSources &sources) {
  auto file = sources.files.find(position);
  bool isGiven = file != sources.files.end();
  if (isGiven && !isText(file->second)) {
    auto array = readNpy(file->second);
    if (array && !type.accepts(array->type()))
      return llvm::createStringError(
          "argument #" + llvm::Twine(position) + " is " + type.str() + ", '" +
          file->second + "' holds " + array->type().str());
    return array;
  }
  for (int64_t &extent : type.shape)
    if (extent == -1) {
      if (sources.steps < 0)
        return llvm::createStringError(
            "argument #" + llvm::Twine(position) + " is " + type.str() +
            ": give its length with --steps, or a file with --arg");
      extent = sources.steps;
    }
  if (isGiven)
    return readText(llvm::StringRef(file->second).drop_front(5), type);
  auto array =
      makeRandom(type, sources.seed + 0x9E3779B97F4A7C15ull * (position + 1));
  if (!array)
    return llvm::createStringError("argument #" + llvm::Twine(position) + ": " +
                                   llvm::toString(array.takeError()));
  return array;
}

llvm::Expected<std::vector<Array>>
bptt::makeArguments(llvm::StringRef function, llvm::ArrayRef<ArrayType> types,
                    const ArgumentSources &sources) {
  for (auto &[position, file] : sources.files)
    if (position >= types.size())
      return llvm::createStringError("--arg %u: @%s has %zu arguments",
                                     position, function.str().c_str(),
                                     types.size());
  bool anyNeedsSteps = false;
  for (auto [position, type] : llvm::enumerate(types))
    anyNeedsSteps |= needsSteps(position, type, sources);
  if (sources.steps >= 0 && !anyNeedsSteps)
    return llvm::createStringError("--steps: every length in @" + function +
                                   " is known without it");
  std::vector<Array> arguments;
  for (size_t position = 0; position < types.size(); ++position) {
    auto array = makeArgument(position, types[position], sources);
    if (!array)
      return array.takeError();
    arguments.push_back(std::move(*array));
  }
  return std::move(arguments);
}

llvm::Expected<ResultStreams> bptt::openResults(const FileAssignments &files,
                                                size_t numResults,
                                                OutputFiles &outputs) {
  ResultStreams streams;
  for (auto &[position, path] : files) {
    if (position >= numResults)
      return llvm::createStringError("--result %u: there are %zu results",
                                     position, numResults);
    auto stream = outputs.open(path);
    if (!stream)
      return stream.takeError();
    streams.emplace(position, *stream);
  }
  return streams;
}

void bptt::writeResults(llvm::ArrayRef<Array> results,
                        const ResultStreams &streams) {
  for (auto &[position, stream] : streams)
    writeNpy(*stream, results[position]);
}
