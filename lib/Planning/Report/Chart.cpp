//===- Chart.cpp - Lines and marks over two axes --------------------------===//

#include "bptt/Planning/Report/Chart.h"

#include "llvm/Support/Format.h"

#include <algorithm>
#include <cmath>

using namespace bptt::planning;

static void fit(Axis &axis, const std::vector<Series> &series, bool isX) {
  double least = HUGE_VAL, most = -HUGE_VAL;
  for (const Series &each : series)
    for (auto [x, y] : each.points) {
      least = std::min(least, isX ? x : y);
      most = std::max(most, isX ? x : y);
    }
  if (least > most)
    return;
  if (!axis.isLogarithmic && !isX)
    least = std::min(least, 0.0);
  if (least == most)
    most = axis.isLogarithmic ? 2 * least : least + 1;
  axis.least = least;
  axis.most = most;
}

void Chart::fitX() { fit(x, series, true); }
void Chart::fitY() { fit(y, series, false); }

namespace {

constexpr double kLeft = 70, kRight = 640, kTop = 44, kBottom = 410;
constexpr int kWidth = 860, kHeight = 470;
/// Distinguishable for the colour-blind as well (Okabe and Ito).
constexpr const char *kColors[] = {"#d55e00", "#0072b2", "#009e73", "#cc79a7",
                                   "#e69f00", "#56b4e9", "#444444", "#a0a000"};

const char *colorOf(const Series &series) {
  return kColors[uint64_t(series.color) % std::size(kColors)];
}

/// 0 at the beginning of the axis, 1 at its end.
double placeOn(const Axis &axis, double value) {
  if (axis.isLogarithmic)
    return std::log(value / axis.least) / std::log(axis.most / axis.least);
  return (value - axis.least) / (axis.most - axis.least);
}

/// Round numbers on the axis: 1, 2 and 5 times powers of ten, of which a long
/// logarithmic axis shows the powers alone.
std::vector<double> ticksOf(const Axis &axis) {
  std::vector<double> ticks;
  double slack = 1e-9 * std::abs(axis.most - axis.least);
  if (!axis.isLogarithmic) {
    double rough = (axis.most - axis.least) / 6;
    double power = std::pow(10, std::floor(std::log10(rough)));
    double step = 10 * power;
    for (double factor : {1.0, 2.0, 5.0})
      if (factor * power >= rough) {
        step = factor * power;
        break;
      }
    for (double at = std::ceil(axis.least / step - 1e-9) * step;
         at <= axis.most + slack; at += step)
      ticks.push_back(std::abs(at) < step / 2 ? 0 : at);
    return ticks;
  }
  double decades = std::log10(axis.most / axis.least);
  for (double power = std::pow(10, std::floor(std::log10(axis.least)));
       power <= axis.most; power *= 10)
    for (double factor : {1.0, 2.0, 3.0, 5.0, 7.0}) {
      bool isWanted = factor == 1 || decades < 0.8 ||
                      (decades < 3.5 && (factor == 2 || factor == 5));
      double at = factor * power;
      if (isWanted && at >= axis.least * (1 - 1e-9) &&
          at <= axis.most * (1 + 1e-9))
        ticks.push_back(at);
    }
  return ticks;
}

/// 1500000 as 1.5M.
std::string labelOf(double value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  const char *unit = "";
  for (auto [size, name] :
       {std::pair(1e12, "T"), {1e9, "G"}, {1e6, "M"}, {1e4, "k"}})
    if (std::abs(value) >= size * (1 - 1e-9)) {
      value /= name == std::string("k") ? 1e3 : size;
      unit = name;
      break;
    }
  os << llvm::format("%.6g", value) << unit;
  return text;
}

/// Text in SVG.
std::string escaped(llvm::StringRef text) {
  std::string result;
  for (char c : text) {
    if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '&')
      result += "&amp;";
    else
      result += c;
  }
  return result;
}

class ChartPicture {
public:
  ChartPicture(llvm::raw_ostream &os, const Chart &chart)
      : os(os), chart(chart) {}

  void draw() {
    os << llvm::format("<svg xmlns=\"http://www.w3.org/2000/svg\" "
                       "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
                       "font-size=\"13\">\n"
                       "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n",
                       kWidth, kHeight, kWidth, kHeight)
       << llvm::format("<clipPath id=\"plot\"><rect x=\"%g\" y=\"%g\" "
                       "width=\"%g\" height=\"%g\"/></clipPath>\n",
                       kLeft, kTop, kRight - kLeft, kBottom - kTop);
    text((kLeft + kRight) / 2, 22, "middle", chart.title, "#000", 15);
    drawAxes();
    os << "<g clip-path=\"url(#plot)\">\n";
    for (const Series &series : chart.series)
      drawSeries(series);
    os << "</g>\n";
    drawLegend();
    os << "</svg>\n";
  }

private:
  double xOf(double value) const {
    return kLeft + (kRight - kLeft) * placeOn(chart.x, value);
  }
  double yOf(double value) const {
    return kBottom - (kBottom - kTop) * placeOn(chart.y, value);
  }

  void text(double x, double y, const char *anchor, llvm::StringRef what,
            const char *color = "#000", int size = 13) {
    os << llvm::format("<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"%s\" "
                       "fill=\"%s\" font-size=\"%d\">",
                       x, y, anchor, color, size)
       << escaped(what) << "</text>\n";
  }

  void drawAxes() {
    for (double tick : ticksOf(chart.x)) {
      os << llvm::format("<path d=\"M%.2f %gV%g\" stroke=\"#e4e4e4\"/>\n",
                         xOf(tick), kTop, kBottom);
      text(xOf(tick), kBottom + 18, "middle", labelOf(tick));
    }
    for (double tick : ticksOf(chart.y)) {
      os << llvm::format("<path d=\"M%g %.2fH%g\" stroke=\"#e4e4e4\"/>\n",
                         kLeft, yOf(tick), kRight);
      text(kLeft - 7, yOf(tick) + 4.5, "end", labelOf(tick));
    }
    os << llvm::format("<path d=\"M%g %gV%gH%g\" fill=\"none\" "
                       "stroke=\"black\"/>\n",
                       kLeft, kTop, kBottom, kRight);
    text((kLeft + kRight) / 2, kBottom + 42, "middle", chart.x.label);
    os << llvm::format("<text transform=\"translate(20 %g) rotate(-90)\" "
                       "text-anchor=\"middle\">",
                       (kTop + kBottom) / 2)
       << escaped(chart.y.label) << "</text>\n";
  }

  void drawSeries(const Series &series) {
    if (series.style == Series::Marks) {
      for (auto [x, y] : series.points)
        drawMark(xOf(x), yOf(y), colorOf(series));
      return;
    }
    os << "<polyline points=\"";
    for (auto [x, y] : series.points)
      os << llvm::format("%.2f,%.2f ", xOf(x), yOf(y));
    os << "\" fill=\"none\" stroke-width=\"1.8\" stroke=\"" << colorOf(series)
       << '"' << dashes(series) << "/>\n";
  }

  static const char *dashes(const Series &series) {
    return series.style == Series::Dashed ? " stroke-dasharray=\"5 4\"" : "";
  }

  void drawMark(double x, double y, const char *color) {
    os << llvm::format("<circle cx=\"%.2f\" cy=\"%.2f\" r=\"4\" fill=\"%s\" "
                       "fill-opacity=\"0.85\"/>\n",
                       x, y, color);
  }

  void drawLegend() {
    double y = kTop + 10;
    for (const Series &series : chart.series) {
      if (series.name.empty())
        continue;
      if (series.style == Series::Marks)
        drawMark(kRight + 30, y, colorOf(series));
      else
        os << llvm::format("<path d=\"M%g %gH%g\" stroke-width=\"1.8\" "
                           "stroke=\"%s\"%s/>\n",
                           kRight + 16, y, kRight + 44, colorOf(series),
                           dashes(series));
      text(kRight + 52, y + 4.5, "start", series.name);
      y += 20;
    }
  }

  llvm::raw_ostream &os;
  const Chart &chart;
};

} // namespace

void bptt::planning::writeChart(llvm::raw_ostream &os, const Chart &chart) {
  ChartPicture(os, chart).draw();
}
