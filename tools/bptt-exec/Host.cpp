//===- Host.cpp - Libraries for the CPU -----------------------------------===//

#include "Machine.h"

#include "../shared/AllocationCounter.h"
#include "bptt/Arrays/Arena.h"

#include <chrono>
#include <cstring>

using namespace bptt;

namespace {
class Host : public Machine {
public:
  explicit Host(const Library &library) : program(&library.program()) {}

  llvm::Error prepare(llvm::ArrayRef<Array> arguments,
                      llvm::ArrayRef<ArrayType> resultTypes,
                      int64_t bytes) override {
    for (const Array &array : arguments)
      argumentAddresses.push_back(array.data());
    for (const ArrayType &type : resultTypes) {
      auto result = Array::make(type);
      if (!result)
        return llvm::createStringError("result #" +
                                       llvm::Twine(results.size()) + ": " +
                                       llvm::toString(result.takeError()));
      results.push_back(std::move(*result));
      resultAddresses.push_back(results.back().data());
    }
    if (!arena.allocate(bytes))
      return llvm::createStringError("cannot allocate a workspace of " +
                                     llvm::Twine(bytes) + " bytes");
    return llvm::Error::success();
  }

  llvm::Expected<Measurement> run(const bptt_plan *plan,
                                  RunMode mode) override {
    uint8_t fill = getNextFill();
    for (Array &result : results)
      std::memset(result.data(), fill, result.type().numBytes());
    if (mode.measurePeak)
      arena.poison();
    bptt_message message;
    startCountingAllocations();
    auto start = std::chrono::steady_clock::now();
    bptt_status status =
        bptt_run(plan, program, argumentAddresses.data(),
                 resultAddresses.data(), arena.data(),
                 bptt_plan_workspace_bytes(plan), /*stream=*/nullptr, &message);
    auto end = std::chrono::steady_clock::now();
    stopCountingAllocations();
    if (llvm::Error error = toError(status, message))
      return std::move(error);
    Measurement measurement;
    measurement.seconds = std::chrono::duration<double>(end - start).count();
    if (mode.measurePeak)
      measurement.peakBytes = arena.peakBytes();
    if (int64_t allocations = getCountedAllocations(); allocations >= 0)
      measurement.allocations = allocations;
    return measurement;
  }

  llvm::Expected<std::vector<Array>> getResults() override {
    std::vector<Array> copies;
    for (const Array &result : results) {
      auto copy = result.clone();
      if (!copy)
        return copy.takeError();
      copies.push_back(std::move(*copy));
    }
    return std::move(copies);
  }

private:
  const bptt_program *program;
  std::vector<Array> results;
  std::vector<const void *> argumentAddresses;
  std::vector<void *> resultAddresses;
  Arena arena;
};
} // namespace

std::unique_ptr<Machine> bptt::makeHost(const Library &library) {
  return std::make_unique<Host>(library);
}
