//===- MinimumCut.h - Cheapest set of nodes that separates ------*- C++ -*-===//
//
// Knows no operation: nodes are numbers, capacities are bytes.

#ifndef BPTT_LIB_DIFFERENTIATION_MINIMUMCUT_H
#define BPTT_LIB_DIFFERENTIATION_MINIMUMCUT_H

#include <cstdint>
#include <limits>
#include <vector>

namespace bptt {

/// A directed graph whose nodes have capacities.
class MinimumCut {
public:
  static constexpr int64_t kInfinite = std::numeric_limits<int64_t>::max() / 4;

  /// Returns the node's number.
  unsigned addNode(int64_t capacity);
  void addEdge(unsigned from, unsigned to) {
    addArc(2 * from + 3, 2 * to + 2, kInfinite);
  }
  void addSource(unsigned node) { addArc(kSource, 2 * node + 2, kInfinite); }
  void addSink(unsigned node) { addArc(2 * node + 3, kSink, kInfinite); }

  /// The nodes, ascending, whose removal separates every source from every sink
  /// at the least total capacity; among equals, the set nearest to the sinks. A
  /// source may be removed as well. There must be a cut of finite capacity.
  std::vector<unsigned> solve();

private:
  // A node is an arc from its entry 2n+2 to its exit 2n+3; an arc and its
  // reverse are neighbours.
  static constexpr unsigned kSource = 0, kSink = 1;
  struct Arc {
    unsigned to;
    int64_t residual;
  };
  void addArc(unsigned from, unsigned to, int64_t capacity);
  bool augment();

  std::vector<Arc> arcs;
  std::vector<std::vector<unsigned>> outgoing{2};
};

} // namespace bptt

#endif
