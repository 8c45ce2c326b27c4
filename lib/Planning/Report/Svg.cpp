//===- Svg.cpp - A schedule as a picture ----------------------------------===//

#include "bptt/Planning/Report/Report.h"

#include "StackTracker.h"

#include "llvm/Support/Format.h"

#include <algorithm>

using namespace bptt::planning;

namespace {

/// Cost runs to the right, steps upwards; the kept bytes have a strip below.
class SchedulePicture {
public:
  SchedulePicture(llvm::raw_ostream &os, const Plan &plan)
      : os(os), plan(plan), tracker(plan.problem) {}

  void draw() {
    os << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1000 640\" "
          "font-family=\"sans-serif\" font-size=\"13\">\n"
          "<rect width=\"1000\" height=\"640\" fill=\"white\"/>\n";
    text(60, 24, "start", title());
    axes();
    std::string kept = "M60 600";
    llvm::raw_string_ostream path(kept);
    plan.forEachAction([&](const Action &action) {
      double begin = xOf(tracker.cost());
      tracker.apply(action);
      double end = xOf(tracker.cost());
      stroke(action, begin, end);
      path << llvm::format("H%.2fV%.2f", end, yOfBytes(tracker.keptBytes()));
      return true;
    });
    os << "<path d=\"" << kept << "V600Z\" fill=\"#999\"/>\n</svg>\n";
  }

private:
  static constexpr double left = 60, right = 980, top = 40, bottom = 460;
  static constexpr double stripTop = 500, stripBottom = 600;

  double xOf(int64_t cost) const {
    return left + (right - left) * double(cost) /
                      double(std::max<int64_t>(plan.cost, 1));
  }
  double yOf(int64_t state) const {
    return bottom - (bottom - top) * double(state) /
                        double(std::max<int64_t>(plan.problem.numSteps, 1));
  }
  double yOfBytes(int64_t bytes) const {
    return stripBottom - (stripBottom - stripTop) * double(bytes) /
                             double(std::max<int64_t>(plan.keptPeakBytes, 1));
  }

  std::string title() const {
    return (toString(plan.policy) + ", " + llvm::Twine(plan.problem.numSteps) +
            " steps, " + llvm::Twine(plan.keptPeakBytes) + " bytes kept, " +
            llvm::Twine(plan.counts.forwardEvaluations) + " evaluations")
        .str();
  }

  void text(double x, double y, const char *anchor, const std::string &what) {
    os << llvm::format("<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"%s\">", x, y,
                       anchor)
       << what << "</text>\n";
  }

  void axes() {
    os << llvm::format("<path d=\"M%g %gV%gH%gM%g %gV%gH%g\" fill=\"none\" "
                       "stroke=\"black\"/>\n",
                       left, top, bottom, right, left, stripTop, stripBottom,
                       right);
    text(left - 6, bottom, "end", "0");
    text(left - 6, top + 12, "end", std::to_string(plan.problem.numSteps));
    text(left - 6, stripTop + 12, "end", std::to_string(plan.keptPeakBytes));
    text(right, stripBottom + 20, "end", "cost " + std::to_string(plan.cost));
    text(left, stripTop - 8, "start", "kept bytes");
    text(left + 8, top + 12, "start",
         "steps: <tspan fill=\"#36c\">advance</tspan> "
         "<tspan fill=\"#c60\">taped forward</tspan> "
         "<tspan fill=\"#292\">backward</tspan>");
  }

  void stroke(const Action &action, double begin, double end) {
    const char *color = "#c60";
    int64_t from = action.beginStep, to = action.endStep;
    if (isBackward(action)) {
      color = "#292";
      std::swap(from, to);
    } else if (action.kind == ActionKind::Advance) {
      color = "#36c";
    } else if (begin == end) {
      return;
    }
    os << llvm::format("<path d=\"M%.2f %.2fL%.2f %.2f\" stroke=\"%s\"/>\n",
                       begin, yOf(from), end, yOf(to), color);
  }

  llvm::raw_ostream &os;
  const Plan &plan;
  StackTracker tracker;
};

} // namespace

llvm::Error bptt::planning::writeSvg(llvm::raw_ostream &os, const Plan &plan) {
  int64_t count = 0;
  plan.forEachAction([&](const Action &) { return ++count <= kMaxSvgActions; });
  if (count > kMaxSvgActions)
    return llvm::createStringError(
        "a picture of more than " + llvm::Twine(kMaxSvgActions) +
        " actions cannot be read, use --format=trace");
  SchedulePicture(os, plan).draw();
  return llvm::Error::success();
}
