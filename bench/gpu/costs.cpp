//===- costs.cpp - What launches and barriers cost on a GPU ---------------===//
//
// usage: bench-gpu-costs FOLDER-OF-PTX
//
// Prints one JSON object: nanoseconds of a kernel launch, of a kernel in a
// replayed graph, of a barrier among all blocks of a grid, and of one among the
// blocks of a cluster. Every number is the difference of two runs, one twice as
// long as the other, over what the longer one has more, so that what happens
// once is not in it; medians of several such pairs. Needs no CUDA to build.
//
//===----------------------------------------------------------------------===//

#include "bptt-c/cuda.h"

#include <algorithm>
#include <cstdio>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

constexpr int kRepetitions = 9;
constexpr unsigned kThreads = 256;

// Of the driver API, as NVIDIA documents it.
constexpr int kClusterDimension = 4;        // CU_LAUNCH_ATTRIBUTE_*
constexpr int kNonPortableClusterSize = 14; // CU_FUNC_ATTRIBUTE_*
struct LaunchAttribute {
  int id;
  int padding;
  unsigned value[16];
};
struct LaunchConfig {
  unsigned grid[3], block[3];
  unsigned sharedBytes;
  void *stream;
  LaunchAttribute *attributes;
  unsigned numAttributes;
};

#define BPTT_DRIVER_FUNCTIONS(X)                                               \
  X(cuGetErrorName, (int result, const char **name))                           \
  X(cuModuleLoadData, (void **module, const void *image))                      \
  X(cuModuleGetFunction, (void **function, void *module, const char *name))    \
  X(cuFuncSetAttribute, (void *function, int attribute, int value))            \
  X(cuLaunchKernel, (void *function, unsigned gx, unsigned gy, unsigned gz,    \
                     unsigned bx, unsigned by, unsigned bz, unsigned shared,   \
                     void *stream, void **parameters, void **extra))           \
  X(cuLaunchCooperativeKernel,                                                 \
    (void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,       \
     unsigned by, unsigned bz, unsigned shared, void *stream,                  \
     void **parameters))                                                       \
  X(cuLaunchKernelEx, (const LaunchConfig *config, void *function,             \
                       void **parameters, void **extra))

/// What went wrong, in words; empty if nothing did.
using Failure = std::string;

struct Driver {
#define BPTT_DRIVER_MEMBER(name, parameters) int(*name) parameters = nullptr;
  BPTT_DRIVER_FUNCTIONS(BPTT_DRIVER_MEMBER)
#undef BPTT_DRIVER_MEMBER

  Failure load() {
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library)
      return dlerror();
#define BPTT_DRIVER_LOAD(name, parameters)                                     \
  name = reinterpret_cast<int(*) parameters>(dlsym(library, #name));
    BPTT_DRIVER_FUNCTIONS(BPTT_DRIVER_LOAD)
#undef BPTT_DRIVER_LOAD
    return {};
  }

  Failure describe(int result, const char *call) const {
    if (result == 0)
      return {};
    const char *name = nullptr;
    if (!cuGetErrorName || cuGetErrorName(result, &name) != 0 || !name)
      name = "an unknown error";
    return std::string(call) + " failed with " + name + " (" +
           std::to_string(result) + ")";
  }
};

/// Leaves the function if there is a failure.
#define BPTT_TRY(expression)                                                   \
  if (Failure failure = (expression); !failure.empty())                        \
  return failure
#define BPTT_CALL(name, ...)                                                   \
  BPTT_TRY(driver.name ? driver.describe(driver.name(__VA_ARGS__), #name)      \
                       : "the driver has no " #name)

class Costs {
public:
  explicit Costs(std::string folder) : folder(std::move(folder)) {}
  ~Costs() {
    if (counter)
      bptt_cuda_free(device, counter, nullptr);
    bptt_cuda_close(device);
  }

  Failure open() {
    BPTT_TRY(check(bptt_cuda_open(0, &device, &message)));
    BPTT_TRY(check(bptt_cuda_allocate(device, 256, &counter, &message)));
    stream = bptt_cuda_stream(device);
    return driver.load();
  }

  void print() {
    std::printf("{\"device\": \"%s\", \"costs\": [", bptt_cuda_name(device));
    for (unsigned blocks : {1u, 132u})
      report("launch", blocks, 2000, &Costs::timeLaunches);
    for (unsigned blocks : {1u, 132u})
      report("graph node", blocks, 2000, &Costs::timeGraph);
    for (unsigned blocks : {132u, 64u, 32u})
      report("grid barrier", blocks, 2000, &Costs::timeGridBarriers);
    for (unsigned blocks : {16u, 8u})
      report("cluster barrier", blocks, 20000, &Costs::timeClusterBarriers);
    std::printf("\n]}\n");
  }

private:
  /// Times `count` of something, in seconds.
  using Timer = Failure (Costs::*)(unsigned blocks, int64_t count,
                                   double &seconds);

  Failure check(bptt_status status) const {
    return status ? message.text : Failure();
  }

  /// One line: what one of `count` costs, or why it cannot be had here.
  void report(const char *what, unsigned blocks, int64_t count, Timer timer) {
    std::printf("%s\n {\"what\": \"%s\", \"blocks\": %u, ", isFirst ? "" : ",",
                what, blocks);
    isFirst = false;
    double nanoseconds = 0;
    Failure failure = measure(blocks, count, timer, nanoseconds);
    if (failure.empty())
      std::printf("\"nanoseconds\": %.1f}", nanoseconds);
    else
      std::printf("\"missing\": \"%s\"}", failure.c_str());
    std::fflush(stdout);
  }

  Failure measure(unsigned blocks, int64_t count, Timer timer,
                  double &nanoseconds) {
    double once = 0, twice = 0;
    BPTT_TRY((this->*timer)(blocks, count, once)); // loads and warms
    std::vector<double> differences;
    for (int i = 0; i < kRepetitions; ++i) {
      BPTT_TRY((this->*timer)(blocks, count, once));
      BPTT_TRY((this->*timer)(blocks, 2 * count, twice));
      differences.push_back(twice - once);
    }
    std::sort(differences.begin(), differences.end());
    nanoseconds = differences[kRepetitions / 2] / count * 1e9;
    return {};
  }

  /// Once for each function.
  Failure load(const char *file, const char *name, void *&function) {
    if (function)
      return {};
    std::ifstream input(folder + "/" + file);
    std::string ptx((std::istreambuf_iterator<char>(input)), {});
    if (ptx.empty())
      return "cannot read " + folder + "/" + file;
    void *module = nullptr;
    BPTT_CALL(cuModuleLoadData, &module, ptx.c_str());
    BPTT_CALL(cuModuleGetFunction, &function, module, name);
    return {};
  }

  Failure startClock() {
    BPTT_TRY(check(bptt_cuda_synchronize(device, &message)));
    return check(bptt_cuda_start_clock(device, &message));
  }
  Failure stopClock(double &seconds) {
    return check(bptt_cuda_stop_clock(device, &seconds, &message));
  }

  Failure launch(unsigned blocks, int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      BPTT_CALL(cuLaunchKernel, nothing, blocks, 1, 1, kThreads, 1, 1, 0,
                stream, nullptr, nullptr);
    return {};
  }

  Failure timeLaunches(unsigned blocks, int64_t count, double &seconds) {
    BPTT_TRY(load("costs.ptx", "nothing", nothing));
    BPTT_TRY(startClock());
    BPTT_TRY(launch(blocks, count));
    return stopClock(seconds);
  }

  Failure timeGraph(unsigned blocks, int64_t count, double &seconds) {
    BPTT_TRY(load("costs.ptx", "nothing", nothing));
    bptt_cuda_graph *graph = nullptr;
    BPTT_TRY(check(
        bptt_cuda_begin_recording(device, BPTT_CUDA_GRAPH_LAUNCHES, &message)));
    Failure launched = launch(blocks, count);
    // The recording ends whatever became of the launches.
    BPTT_TRY(check(bptt_cuda_end_recording(device, &graph, &message)));
    Failure failure = launched.empty() ? timeReplay(graph, seconds) : launched;
    bptt_cuda_destroy_graph(graph);
    return failure;
  }

  /// The second: with the first one the graph is brought to the device.
  Failure timeReplay(const bptt_cuda_graph *graph, double &seconds) {
    BPTT_TRY(check(bptt_cuda_replay(device, graph, &message)));
    BPTT_TRY(startClock());
    BPTT_TRY(check(bptt_cuda_replay(device, graph, &message)));
    return stopClock(seconds);
  }

  Failure timeGridBarriers(unsigned blocks, int64_t count, double &seconds) {
    BPTT_TRY(load("costs.ptx", "grid_barriers", gridBarriers));
    BPTT_TRY(check(bptt_cuda_fill(device, counter, 0, 256, &message)));
    unsigned rounds = count;
    void *parameters[] = {&counter, &rounds};
    BPTT_TRY(startClock());
    // All blocks are resident, or the launch fails.
    BPTT_CALL(cuLaunchCooperativeKernel, gridBarriers, blocks, 1, 1, kThreads,
              1, 1, 0, stream, parameters);
    return stopClock(seconds);
  }

  Failure timeClusterBarriers(unsigned blocks, int64_t count, double &seconds) {
    BPTT_TRY(load("costs_cluster.ptx", "cluster_barriers", clusterBarriers));
    // Clusters of more than 8 blocks are not on every chip.
    BPTT_CALL(cuFuncSetAttribute, clusterBarriers, kNonPortableClusterSize, 1);
    unsigned rounds = count;
    void *parameters[] = {&counter, &rounds};
    LaunchAttribute cluster = {kClusterDimension, 0, {blocks, 1, 1}};
    LaunchConfig config = {{blocks, 1, 1}, {kThreads, 1, 1}, 0,
                           stream,         &cluster,         1};
    BPTT_TRY(startClock());
    BPTT_CALL(cuLaunchKernelEx, &config, clusterBarriers, parameters, nullptr);
    return stopClock(seconds);
  }

  Driver driver;
  std::string folder;
  bptt_cuda *device = nullptr;
  bptt_message message;
  void *stream = nullptr, *counter = nullptr;
  void *nothing = nullptr, *gridBarriers = nullptr, *clusterBarriers = nullptr;
  bool isFirst = true;
};

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench-gpu-costs FOLDER-OF-PTX\n");
    return 2;
  }
  Costs costs(argv[1]);
  if (Failure failure = costs.open(); !failure.empty()) {
    std::fprintf(stderr, "bench-gpu-costs: error: %s\n", failure.c_str());
    return 1;
  }
  costs.print();
}
