//===- CurvePictures.cpp - The trade-off in a terminal and as SVG ---------===//

#include "bptt/Planning/Report/Chart.h"
#include "bptt/Planning/Report/Report.h"

#include "llvm/Support/Format.h"

#include <algorithm>
#include <cmath>

using namespace bptt::planning;

namespace {

/// Both axes are logarithmic: budgets span decades, and time ratios from 1 to
/// hundreds.
struct Scales {
  int64_t leastBytes = INT64_MAX, mostBytes = 0;
  double mostRatio = 1.1;

  explicit Scales(llvm::ArrayRef<CurvePoint> points) {
    for (const CurvePoint &point : points) {
      leastBytes = std::min(leastBytes, point.budgetBytes);
      mostBytes = std::max(mostBytes, point.budgetBytes);
      mostRatio = std::max(mostRatio, point.timeRatio);
    }
    // Beyond ten times plain BPTT nobody looks.
    mostRatio = std::min(mostRatio, 10.0);
  }

  double xOf(int64_t bytes) const {
    double low = std::log1p(double(leastBytes));
    double span = std::log1p(double(mostBytes)) - low;
    return span > 0 ? (std::log1p(double(bytes)) - low) / span : 0;
  }
  double yOf(double ratio) const {
    return std::log(std::max(ratio, 1.0)) / std::log(mostRatio);
  }
};

char letterOf(Policy policy) { return "OFNHIMSR"[unsigned(policy)]; }

/// Policies with a point in the picture, in order.
std::vector<Policy> policiesOf(llvm::ArrayRef<CurvePoint> points,
                               const Scales &scales) {
  std::vector<Policy> policies;
  for (const CurvePoint &point : points)
    if (point.timeRatio <= scales.mostRatio &&
        (policies.empty() || policies.back() != point.policy))
      policies.push_back(point.policy);
  return policies;
}

} // namespace

void bptt::planning::writeCurveText(llvm::raw_ostream &os,
                                    llvm::ArrayRef<CurvePoint> points) {
  constexpr int width = 72, height = 20;
  if (points.empty()) {
    os << "no budget is feasible\n";
    return;
  }
  Scales scales(points);
  std::vector<std::string> canvas(height + 1, std::string(width + 1, ' '));
  // Drawn backwards, so that the first policy is on top.
  for (auto point = points.rbegin(); point != points.rend(); ++point) {
    if (point->timeRatio > scales.mostRatio)
      continue;
    auto x = size_t(std::lround(scales.xOf(point->budgetBytes) * width));
    auto y = size_t(std::lround(scales.yOf(point->timeRatio) * height));
    canvas[height - y][x] = letterOf(point->policy);
  }
  os << "time ratio\n";
  for (int row = 0; row <= height; ++row) {
    double ratio = std::pow(scales.mostRatio, double(height - row) / height);
    if (row % 5 == 0)
      os << llvm::format("%7.2f |", ratio);
    else
      os << "        |";
    os << llvm::StringRef(canvas[row]).rtrim() << '\n';
  }
  os << "        +" << std::string(width, '-') << '\n';
  std::string least = std::to_string(scales.leastBytes);
  std::string most = std::to_string(scales.mostBytes) + " bytes";
  size_t gap = width > least.size() + most.size()
                   ? width - least.size() - most.size()
                   : 1;
  os << "         " << least << std::string(gap, ' ') << most << '\n';
  for (Policy policy : policiesOf(points, scales))
    os << "         " << letterOf(policy) << ' ' << toString(policy) << '\n';
}

void bptt::planning::writeCurveSvg(llvm::raw_ostream &os,
                                   llvm::ArrayRef<CurvePoint> points) {
  Chart chart;
  chart.title = points.empty() ? "no budget is feasible" : "";
  chart.x.label = "budget in bytes";
  chart.y.label = "time ratio";
  Scales scales(points);
  // Zero bytes have no logarithm, and are as good as one.
  for (Policy policy : policiesOf(points, scales)) {
    Series &series = chart.series.emplace_back();
    series.name = toString(policy).str();
    series.color = int64_t(policy);
    for (const CurvePoint &point : points)
      if (point.policy == policy)
        series.points.emplace_back(
            double(std::max<int64_t>(point.budgetBytes, 1)), point.timeRatio);
  }
  chart.x.isLogarithmic = chart.y.isLogarithmic = !points.empty();
  chart.fitX();
  chart.y.least = 1;
  chart.y.most = points.empty() ? 2 : scales.mostRatio;
  writeChart(os, chart);
}
