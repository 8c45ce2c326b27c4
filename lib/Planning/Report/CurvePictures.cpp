//===- CurvePictures.cpp - The trade-off in a terminal and as SVG ---------===//

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

struct Style {
  char letter;
  const char *color;
};

Style styleOf(Policy policy) {
  static constexpr Style styles[] = {
      {'O', "#c22"}, {'F', "#000"}, {'N', "#999"}, {'H', "#36c"},
      {'I', "#292"}, {'M', "#c60"}, {'S', "#939"}, {'R', "#099"}};
  return styles[unsigned(policy)];
}

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
    canvas[height - y][x] = styleOf(point->policy).letter;
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
    os << "         " << styleOf(policy).letter << ' ' << toString(policy)
       << '\n';
}

static void writeCurveLine(llvm::raw_ostream &os, const Scales &scales,
                           llvm::ArrayRef<CurvePoint> points, Policy policy) {
  os << "<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\""
     << styleOf(policy).color << "\" points=\"";
  for (const CurvePoint &point : points)
    if (point.policy == policy && point.timeRatio <= scales.mostRatio)
      os << llvm::format("%.2f,%.2f ", 70 + 700 * scales.xOf(point.budgetBytes),
                         440 - 400 * scales.yOf(point.timeRatio));
  os << "\"/>\n";
}

void bptt::planning::writeCurveSvg(llvm::raw_ostream &os,
                                   llvm::ArrayRef<CurvePoint> points) {
  Scales scales(points);
  os << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 940 500\" "
        "font-family=\"sans-serif\" font-size=\"13\">\n"
        "<rect width=\"940\" height=\"500\" fill=\"white\"/>\n"
        "<path d=\"M70 40V440H770\" fill=\"none\" stroke=\"black\"/>\n"
        "<text x=\"70\" y=\"28\" text-anchor=\"middle\">time ratio</text>\n"
        "<text x=\"770\" y=\"480\" text-anchor=\"end\">budget in bytes</text>"
        "\n";
  if (points.empty()) {
    os << "<text x=\"420\" y=\"240\">no budget is feasible</text>\n</svg>\n";
    return;
  }
  for (int tick = 0; tick <= 4; ++tick) {
    double ratio = std::pow(scales.mostRatio, tick / 4.0);
    double y = 440 - 100 * tick;
    os << llvm::format("<text x=\"62\" y=\"%g\" text-anchor=\"end\">%.2f</text>"
                       "\n<path d=\"M70 %gH770\" stroke=\"#ddd\"/>\n",
                       y + 4, ratio, y);
  }
  os << "<text x=\"70\" y=\"460\">" << scales.leastBytes << "</text>\n"
     << "<text x=\"770\" y=\"460\" text-anchor=\"end\">" << scales.mostBytes
     << "</text>\n";
  int row = 0;
  for (Policy policy : policiesOf(points, scales)) {
    writeCurveLine(os, scales, points, policy);
    os << llvm::format("<text x=\"785\" y=\"%d\" fill=\"%s\">", 60 + 20 * row++,
                       styleOf(policy).color)
       << toString(policy) << "</text>\n";
  }
  os << "</svg>\n";
}
