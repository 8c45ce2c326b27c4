//===- MinimumCut.cpp - Cheapest set of nodes that separates --------------===//
//
// Edmonds and Karp: augment along shortest paths. A cell has some hundred
// values.

#include "MinimumCut.h"

#include <algorithm>

namespace bptt {

unsigned MinimumCut::addNode(int64_t capacity) {
  unsigned node = (outgoing.size() - 2) / 2;
  outgoing.resize(outgoing.size() + 2);
  addArc(2 * node + 2, 2 * node + 3, capacity);
  return node;
}

void MinimumCut::addArc(unsigned from, unsigned to, int64_t capacity) {
  outgoing[from].push_back(arcs.size());
  arcs.push_back({to, capacity});
  outgoing[to].push_back(arcs.size());
  arcs.push_back({from, 0});
}

bool MinimumCut::augment() {
  constexpr unsigned kNone = ~0u;
  std::vector<unsigned> via(outgoing.size(), kNone), queue{kSource};
  for (size_t next = 0; next < queue.size() && via[kSink] == kNone; ++next)
    for (unsigned arc : outgoing[queue[next]])
      if (unsigned to = arcs[arc].to;
          arcs[arc].residual > 0 && via[to] == kNone && to != kSource) {
        via[to] = arc;
        queue.push_back(to);
      }
  if (via[kSink] == kNone)
    return false;
  int64_t flow = kInfinite;
  for (unsigned at = kSink; at != kSource; at = arcs[via[at] ^ 1].to)
    flow = std::min(flow, arcs[via[at]].residual);
  for (unsigned at = kSink; at != kSource; at = arcs[via[at] ^ 1].to) {
    arcs[via[at]].residual -= flow;
    arcs[via[at] ^ 1].residual += flow;
  }
  return true;
}

std::vector<unsigned> MinimumCut::solve() {
  while (augment())
    ;
  // What still reaches the sink lies behind the cut that is nearest to it.
  std::vector<bool> reaches(outgoing.size(), false);
  std::vector<unsigned> queue{kSink};
  reaches[kSink] = true;
  for (size_t next = 0; next < queue.size(); ++next)
    for (unsigned arc : outgoing[queue[next]])
      if (unsigned from = arcs[arc].to;
          arcs[arc ^ 1].residual > 0 && !reaches[from]) {
        reaches[from] = true;
        queue.push_back(from);
      }
  std::vector<unsigned> cut;
  for (unsigned node = 0; 2 * node + 2 < outgoing.size(); ++node)
    if (!reaches[2 * node + 2] && reaches[2 * node + 3])
      cut.push_back(node);
  return cut;
}

} // namespace bptt
