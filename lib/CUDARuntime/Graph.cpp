//===- Graph.cpp - Recorded runs ------------------------------------------===//

#include "Device.h"

using namespace bptt::cuda;

struct bptt_cuda_graph {
  const Driver *driver;
  GraphExec exec;
};

static Failure beginRecording(const bptt_cuda &device) {
  BPTT_CUDA_TRY(*device.driver, cuStreamBeginCapture_v2, device.stream,
                kCaptureModeThreadLocal);
  return {};
}

bptt_status bptt_cuda_begin_recording(bptt_cuda *device,
                                      bptt_message *message) {
  return report(beginRecording(*device), message);
}

static Failure endRecording(const bptt_cuda &device, bptt_cuda_graph *&result) {
  const Driver &driver = *device.driver;
  Graph graph = nullptr;
  GraphExec exec = nullptr;
  BPTT_CUDA_TRY(driver, cuStreamEndCapture, device.stream, &graph);
  Result instantiated = driver.cuGraphInstantiateWithFlags(&exec, graph, 0);
  // What can be launched is a copy.
  Result destroyed = driver.cuGraphDestroy(graph);
  if (instantiated != kSuccess)
    return describe(driver, "cuGraphInstantiateWithFlags", instantiated,
                    "the recorded run cannot be made a graph");
  result = new bptt_cuda_graph{&driver, exec};
  if (destroyed != kSuccess)
    return describe(driver, "cuGraphDestroy", destroyed);
  return {};
}

bptt_status bptt_cuda_end_recording(bptt_cuda *device, bptt_cuda_graph **result,
                                    bptt_message *message) {
  bptt_cuda_graph *graph = nullptr;
  Failure failure = endRecording(*device, graph);
  if (failure) {
    bptt_cuda_destroy_graph(graph);
    graph = nullptr;
  }
  *result = graph;
  return report(failure, message);
}

static Failure replay(const bptt_cuda &device, const bptt_cuda_graph &graph) {
  BPTT_CUDA_TRY(*device.driver, cuGraphLaunch, graph.exec, device.stream);
  return {};
}

bptt_status bptt_cuda_replay(bptt_cuda *device, const bptt_cuda_graph *graph,
                             bptt_message *message) {
  return report(replay(*device, *graph), message);
}

/// What fails here can be neither used nor undone any more.
void bptt_cuda_destroy_graph(bptt_cuda_graph *graph) {
  if (graph)
    graph->driver->cuGraphExecDestroy(graph->exec);
  delete graph;
}
