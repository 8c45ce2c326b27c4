//===- Chart.h - Lines and marks over two axes ------------------*- C++ -*-===//

#ifndef BPTT_PLANNING_REPORT_CHART_H
#define BPTT_PLANNING_REPORT_CHART_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <utility>
#include <vector>

namespace bptt::planning {

struct Axis {
  std::string label;
  bool isLogarithmic = false;
  double least = 0, most = 1; ///< where the axis begins and ends
};

struct Series {
  enum Style { Line, Dashed, Marks };
  std::string name; ///< empty: not in the legend
  Style style = Line;
  int64_t color = 0; ///< of eight, counted round
  std::vector<std::pair<double, double>> points;
};

/// What is drawn outside the axes is cut off.
struct Chart {
  std::string title;
  Axis x, y;
  std::vector<Series> series;

  /// Sets the ends of an axis to what the points need.
  void fitX();
  void fitY();
};

/// Writes the chart as SVG with round ticks and a legend to the right.
void writeChart(llvm::raw_ostream &os, const Chart &chart);

/// Reads a chart from JSON:
///   {"title": "...", "x": AXIS, "y": AXIS, "series": [SERIES, ...]}
///   AXIS   {"label": "...", "log": true, "range": [1, 1000]}
///   SERIES {"name": "...", "style": "line" | "dashed" | "marks", "color": 2,
///           "points": [[x, y], ...]}
/// where `log`, `range`, `style` and `color` may be missing. Fails, naming the
/// file and the place, for anything else, and for what no logarithmic axis has.
llvm::Expected<Chart> parseChart(llvm::StringRef text,
                                 llvm::StringRef fileName);

} // namespace bptt::planning

#endif // BPTT_PLANNING_REPORT_CHART_H
