//===- Graph.cpp - Recorded runs ------------------------------------------===//
//
// A recording is a sequence of the driver's graphs, each of at most so many
// launches: compiled code counts its launches here, and after that many the
// capture is ended and begun anew. There is one stream, so what is recorded is
// a chain, and can be cut anywhere.
//
//===----------------------------------------------------------------------===//

#include "Device.h"
#include "Modules.h"

#include <vector>

using namespace bptt::cuda;

struct bptt_cuda_graph {
  const Driver *driver;
  int64_t launches = 0;
  std::vector<GraphExec> parts;
};

namespace {
/// What a thread records, from begin to end.
struct Recording {
  bptt_cuda_graph *graph = nullptr; ///< null: it does not
  Stream stream = nullptr;
  int64_t maxLaunches = 0;
  int64_t launches = 0; ///< since the last cut
  bool isCapturing = false;
};
thread_local Recording recording;
} // namespace

/// Relaxed: a run asks the driver about its context, device and workspace,
/// which other modes may prohibit.
static Failure beginPart() {
  BPTT_CUDA_TRY(*recording.graph->driver, cuStreamBeginCapture_v2,
                recording.stream, kCaptureModeRelaxed);
  recording.isCapturing = true;
  recording.launches = 0;
  return {};
}

static Failure endPart() {
  const Driver &driver = *recording.graph->driver;
  Graph graph = nullptr;
  GraphExec exec = nullptr;
  recording.isCapturing = false;
  BPTT_CUDA_TRY(driver, cuStreamEndCapture, recording.stream, &graph);
  Result instantiated = driver.cuGraphInstantiateWithFlags(&exec, graph, 0);
  // What can be launched is a copy.
  Result destroyed = driver.cuGraphDestroy(graph);
  if (instantiated != kSuccess)
    return describe(driver, "cuGraphInstantiateWithFlags", instantiated,
                    "launches #" + std::to_string(recording.graph->launches) +
                        " and up, " + std::to_string(recording.launches) +
                        " in all, cannot be made a graph");
  recording.graph->parts.push_back(exec);
  recording.graph->launches += recording.launches;
  if (destroyed != kSuccess)
    return describe(driver, "cuGraphDestroy", destroyed);
  return {};
}

bool bptt::cuda::isRecording() { return recording.isCapturing; }

Failure bptt::cuda::beforeLaunch(Stream stream) {
  if (!recording.graph || stream != recording.stream)
    return {};
  if (recording.launches == recording.maxLaunches) {
    if (Failure failure = endPart())
      return failure;
    if (Failure failure = beginPart())
      return failure;
  }
  ++recording.launches;
  return {};
}

static Failure beginRecording(const bptt_cuda &device, int64_t maxLaunches) {
  if (maxLaunches < 1)
    return {BPTT_INVALID_ARGUMENT, "graphs of " + std::to_string(maxLaunches) +
                                       " launches, expected at least 1"};
  if (recording.graph)
    return {BPTT_INVALID_ARGUMENT, "this thread is recording already"};
  if (Failure failure = makeCurrent(device))
    return failure;
  recording = Recording();
  recording.graph = new bptt_cuda_graph{device.driver, 0, {}};
  recording.stream = device.stream;
  recording.maxLaunches = maxLaunches;
  Failure failure = beginPart();
  if (failure) {
    bptt_cuda_destroy_graph(recording.graph);
    recording = Recording();
  }
  return failure;
}

bptt_status bptt_cuda_begin_recording(bptt_cuda *device, int64_t maxLaunches,
                                      bptt_message *message) {
  return report(beginRecording(*device, maxLaunches), message);
}

static Failure endRecording(const bptt_cuda &device) {
  if (Failure failure = makeCurrent(device))
    return failure;
  if (!recording.isCapturing)
    return {BPTT_DEVICE_ERROR, "the recording broke off during the run"};
  return endPart();
}

bptt_status bptt_cuda_end_recording(bptt_cuda *device, bptt_cuda_graph **result,
                                    bptt_message *message) {
  *result = nullptr;
  if (!recording.graph)
    return report({BPTT_INVALID_ARGUMENT, "this thread records nothing"},
                  message);
  Failure failure = endRecording(*device);
  if (failure)
    bptt_cuda_destroy_graph(recording.graph);
  else
    *result = recording.graph;
  recording = Recording();
  return report(failure, message);
}

static Failure replay(const bptt_cuda &device, const bptt_cuda_graph &graph) {
  if (Failure failure = makeCurrent(device))
    return failure;
  for (GraphExec part : graph.parts)
    BPTT_CUDA_TRY(*device.driver, cuGraphLaunch, part, device.stream);
  return {};
}

bptt_status bptt_cuda_replay(bptt_cuda *device, const bptt_cuda_graph *graph,
                             bptt_message *message) {
  return report(replay(*device, *graph), message);
}

void bptt_cuda_describe_graph(const bptt_cuda_graph *graph, int64_t *launches,
                              int64_t *graphs) {
  *launches = graph->launches;
  *graphs = graph->parts.size();
}

/// What fails here can be neither used nor undone any more.
void bptt_cuda_destroy_graph(bptt_cuda_graph *graph) {
  if (!graph)
    return;
  for (GraphExec part : graph->parts)
    graph->driver->cuGraphExecDestroy(part);
  delete graph;
}
