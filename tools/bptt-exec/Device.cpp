//===- Device.cpp - Libraries for NVIDIA GPUs -----------------------------===//

#include "Machine.h"

#include "bptt-c/cuda.h"
#include "bptt/Arrays/Arena.h"

#include <map>
#include <set>

using namespace bptt;

namespace {

// The functions of libbptt_cuda_runtime that are used here: found through the
// library, which is linked with it, so that this program needs no GPU.
#define BPTT_DEVICE_FUNCTIONS(X)                                               \
  X(open)                                                                      \
  X(close)                                                                     \
  X(name)                                                                      \
  X(stream)                                                                    \
  X(allocate)                                                                  \
  X(free)                                                                      \
  X(free_bytes)                                                                \
  X(upload)                                                                    \
  X(download)                                                                  \
  X(fill)                                                                      \
  X(begin_recording)                                                           \
  X(end_recording)                                                             \
  X(replay)                                                                    \
  X(describe_graph)                                                            \
  X(destroy_graph)                                                             \
  X(synchronize)                                                               \
  X(start_clock)                                                               \
  X(stop_clock)

struct DeviceFunctions {
#define BPTT_DEVICE_MEMBER(name) decltype(&bptt_cuda_##name) name = nullptr;
  BPTT_DEVICE_FUNCTIONS(BPTT_DEVICE_MEMBER)
#undef BPTT_DEVICE_MEMBER
};

class Device : public Machine {
public:
  Device(const Library &library, const DeviceFunctions &functions,
         int64_t graphLaunches)
      : program(&library.program()), functions(functions),
        graphLaunches(graphLaunches) {}

  ~Device() override {
    // The results are with the caller; what fails now hurts nobody.
    for (auto &[plan, graph] : graphs)
      functions.destroy_graph(graph);
    for (void *address : allocated)
      functions.free(device, address, nullptr);
    functions.close(device);
  }

  llvm::Error open(int ordinal) {
    if (bptt_status status = functions.open(ordinal, &device, &message))
      return toError(status, message);
    report.name = functions.name(device);
    return toError(functions.free_bytes(device, &freeBytes, &message), message);
  }

  llvm::Error prepare(llvm::ArrayRef<Array> arguments,
                      llvm::ArrayRef<ArrayType> types, int64_t bytes) override {
    for (const Array &array : arguments) {
      int64_t size = array.type().numBytes();
      auto address = allocate(size);
      if (!address)
        return address.takeError();
      argumentAddresses.push_back(*address);
      if (bptt_status status =
              functions.upload(device, *address, array.data(), size, &message))
        return toError(status, message);
    }
    resultTypes = types.vec();
    for (const ArrayType &type : types) {
      auto address = allocate(type.numBytes());
      if (!address)
        return address.takeError();
      resultAddresses.push_back(*address);
    }
    if (llvm::Error error = account(report.arrays))
      return error;
    workspaceBytes = bytes + Arena::kGuardBytes;
    auto address = allocate(workspaceBytes);
    if (!address)
      return address.takeError();
    workspace = *address;
    return account(report.workspace);
  }

  llvm::Expected<Measurement> run(const bptt_plan *plan,
                                  RunMode mode) override {
    Measurement measurement;
    if (llvm::Error error = load(plan))
      return std::move(error);
    bptt_cuda_graph *graph = nullptr;
    if (mode.replay)
      if (llvm::Error error = record(plan, graph))
        return std::move(error);
    if (llvm::Error error = fillResults())
      return std::move(error);
    if (mode.measurePeak)
      if (bptt_status status = fillWorkspace())
        return toError(status, message);
    if (bptt_status status = functions.start_clock(device, &message))
      return toError(status, message);
    if (bptt_status status =
            graph ? functions.replay(device, graph, &message) : enqueue(plan))
      return toError(status, message);
    if (bptt_status status =
            functions.stop_clock(device, &measurement.seconds, &message))
      return toError(status, message);
    if (mode.measurePeak) {
      auto peak = findPeakOnDevice();
      if (!peak)
        return peak.takeError();
      measurement.peakBytes = *peak;
    }
    return measurement;
  }

  llvm::Expected<std::vector<Array>> getResults() override {
    std::vector<Array> results;
    for (size_t i = 0; i < resultTypes.size(); ++i) {
      auto result = Array::make(resultTypes[i]);
      if (!result)
        return result.takeError();
      results.push_back(std::move(*result));
      if (bptt_status status =
              functions.download(device, results[i].data(), resultAddresses[i],
                                 resultTypes[i].numBytes(), &message))
        return toError(status, message);
    }
    return std::move(results);
  }

  llvm::Expected<std::optional<DeviceReport>> describeDevice() override {
    if (llvm::Error error = account(report.runs))
      return std::move(error);
    return report;
  }

private:
  llvm::Error fillResults() {
    uint8_t fill = getNextFill();
    for (size_t i = 0; i < resultTypes.size(); ++i)
      if (bptt_status status =
              functions.fill(device, resultAddresses[i], fill,
                             resultTypes[i].numBytes(), &message))
        return toError(status, message);
    return llvm::Error::success();
  }

  /// Adds what the free memory fell by since the last call.
  llvm::Error account(int64_t &bytes) {
    int64_t before = freeBytes;
    if (bptt_status status = functions.free_bytes(device, &freeBytes, &message))
      return toError(status, message);
    bytes += before - freeBytes;
    return llvm::Error::success();
  }

  /// A first run of a plan, with everything around it: the driver loads
  /// kernels, its own ones too, when they are first used.
  llvm::Error load(const bptt_plan *plan) {
    if (!loaded.insert(plan).second)
      return llvm::Error::success();
    double seconds;
    if (llvm::Error error = fillResults())
      return error;
    if (bptt_status status = fillWorkspace())
      return toError(status, message);
    if (bptt_status status = functions.start_clock(device, &message))
      return toError(status, message);
    if (bptt_status status = enqueue(plan))
      return toError(status, message);
    if (bptt_status status = functions.stop_clock(device, &seconds, &message))
      return toError(status, message);
    if (auto peak = findPeakOnDevice(); !peak)
      return peak.takeError();
    return account(report.kernels);
  }

  bptt_status fillWorkspace() {
    return functions.fill(device, workspace, uint8_t(Arena::kPoison),
                          workspaceBytes, &message);
  }

  /// From the end, piece by piece: what is searched last is mostly never read.
  llvm::Expected<int64_t> findPeakOnDevice() {
    constexpr int64_t kPieceBytes = 16 << 20;
    std::vector<char> piece(std::min(kPieceBytes, workspaceBytes));
    for (int64_t end = workspaceBytes; end > 0;) {
      int64_t begin = (end - 1) / kPieceBytes * kPieceBytes;
      if (bptt_status status = functions.download(
              device, piece.data(), static_cast<char *>(workspace) + begin,
              end - begin, &message))
        return toError(status, message);
      if (int64_t peak = findPeak(piece.data(), end - begin))
        return begin + peak;
      end = begin;
    }
    return 0;
  }

  bptt_status enqueue(const bptt_plan *plan) {
    return bptt_run(plan, program, argumentAddresses.data(),
                    resultAddresses.data(), workspace,
                    bptt_plan_workspace_bytes(plan), functions.stream(device),
                    &message);
  }

  /// The graph of a plan.
  llvm::Error record(const bptt_plan *plan, bptt_cuda_graph *&graph) {
    bptt_cuda_graph *&known = graphs[plan];
    if (!known) {
      if (bptt_status status =
              functions.begin_recording(device, graphLaunches, &message))
        return toError(status, message);
      bptt_status ran = enqueue(plan);
      bptt_message why = message;
      // The recording ends whatever became of the run.
      bptt_status recorded = functions.end_recording(device, &known, &message);
      if (ran)
        return toError(ran, why);
      if (recorded)
        return toError(recorded, message);
      int64_t launches = 0, count = 0;
      functions.describe_graph(known, &launches, &count);
      report.graphLaunches += launches;
      report.graphCount += count;
      // With its first replay it is brought to the device.
      if (bptt_status status = functions.replay(device, known, &message))
        return toError(status, message);
      if (bptt_status status = functions.synchronize(device, &message))
        return toError(status, message);
      if (llvm::Error error = account(report.graphs))
        return error;
    }
    graph = known;
    return llvm::Error::success();
  }

  llvm::Expected<void *> allocate(int64_t bytes) {
    void *address = nullptr;
    if (bptt_status status =
            functions.allocate(device, bytes, &address, &message))
      return toError(status, message);
    allocated.push_back(address);
    return address;
  }

  const bptt_program *program;
  DeviceFunctions functions;
  bptt_cuda *device = nullptr;
  bptt_message message;
  std::vector<void *> allocated;
  std::vector<const void *> argumentAddresses;
  std::vector<void *> resultAddresses;
  std::vector<ArrayType> resultTypes;
  void *workspace = nullptr;
  int64_t workspaceBytes = 0;
  int64_t graphLaunches;
  std::set<const bptt_plan *> loaded;
  int64_t freeBytes = 0;
  DeviceReport report;
  std::map<const bptt_plan *, bptt_cuda_graph *> graphs;
};
} // namespace

llvm::Expected<std::unique_ptr<Machine>>
bptt::makeDevice(const Library &library, int ordinal, int64_t graphLaunches) {
  DeviceFunctions functions;
  const char *missing = nullptr;
#define BPTT_DEVICE_FIND(name)                                                 \
  functions.name = reinterpret_cast<decltype(functions.name)>(                 \
      library.find("bptt_cuda_" #name));                                       \
  if (!functions.name)                                                         \
    missing = "bptt_cuda_" #name;
  BPTT_DEVICE_FUNCTIONS(BPTT_DEVICE_FIND)
#undef BPTT_DEVICE_FIND
  if (missing)
    return llvm::createStringError(
        "the library is for a GPU, but is not linked with "
        "libbptt_cuda_runtime: there is no %s",
        missing);
  auto device = std::make_unique<Device>(library, functions, graphLaunches);
  if (llvm::Error error = device->open(ordinal))
    return std::move(error);
  return std::move(device);
}
