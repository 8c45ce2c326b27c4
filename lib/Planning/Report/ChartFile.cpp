//===- ChartFile.cpp - Charts as JSON -------------------------------------===//

#include "bptt/Planning/Report/Chart.h"

#include "JsonFile.h"

#include <optional>

using namespace bptt::planning;
namespace json = llvm::json;

static bool readPair(const json::Value &value, std::pair<double, double> &pair,
                     json::Path path) {
  const json::Array *list = value.getAsArray();
  if (!list || list->size() != 2 || !(*list)[0].getAsNumber() ||
      !(*list)[1].getAsNumber())
    return fail(path, "expected two numbers");
  pair = {*(*list)[0].getAsNumber(), *(*list)[1].getAsNumber()};
  return true;
}

static bool readAxis(const json::Value *value, Axis &axis, bool &hasRange,
                     json::Path path) {
  const json::Object *object = value ? value->getAsObject() : nullptr;
  if (!object || !object->getString("label"))
    return fail(path, "expected an axis with a 'label'");
  if (!hasOnly(*object, {"label", "log", "range"}, path))
    return false;
  axis.label = object->getString("label")->str();
  if (const json::Value *log = object->get("log")) {
    if (!log->getAsBoolean())
      return fail(path.field("log"), "expected true or false");
    axis.isLogarithmic = *log->getAsBoolean();
  }
  const json::Value *range = object->get("range");
  hasRange = range;
  if (!range)
    return true;
  std::pair<double, double> ends;
  if (!readPair(*range, ends, path.field("range")))
    return false;
  if (ends.first >= ends.second)
    return fail(path.field("range"), "expected the lesser number first");
  std::tie(axis.least, axis.most) = ends;
  return true;
}

static std::optional<Series::Style> styleNamed(llvm::StringRef name) {
  if (name == "line")
    return Series::Line;
  if (name == "dashed")
    return Series::Dashed;
  if (name == "marks")
    return Series::Marks;
  return std::nullopt;
}

static bool readSeries(const json::Value &value, Series &series,
                       json::Path path) {
  const json::Object *object = value.getAsObject();
  const json::Array *points = object ? object->getArray("points") : nullptr;
  if (!points || !object->getString("name"))
    return fail(path, "expected a series with a 'name' and 'points'");
  if (!hasOnly(*object, {"name", "style", "color", "points"}, path))
    return false;
  series.name = object->getString("name")->str();
  if (const json::Value *color = object->get("color")) {
    std::optional<int64_t> number = color->getAsInteger();
    if (!number || *number < 0)
      return fail(path.field("color"), "expected a number from 0");
    series.color = *number;
  }
  if (const json::Value *name = object->get("style")) {
    auto style = styleNamed(name->getAsString().value_or(""));
    if (!style)
      return fail(path.field("style"), "expected line, dashed or marks");
    series.style = *style;
  }
  for (size_t i = 0; i < points->size(); ++i)
    if (!readPair((*points)[i], series.points.emplace_back(),
                  path.field("points").index(i)))
      return false;
  return true;
}

/// Logarithms are of positive numbers.
static bool checkLogarithms(const Chart &chart, json::Path path) {
  for (auto [axis, isX] : {std::pair(&chart.x, true), {&chart.y, false}}) {
    if (!axis->isLogarithmic)
      continue;
    bool isPositive = axis->least > 0;
    for (const Series &series : chart.series)
      for (auto [x, y] : series.points)
        isPositive &= (isX ? x : y) > 0;
    if (!isPositive)
      return fail(path.field(isX ? "x" : "y"),
                  "a logarithmic axis has positive numbers only");
  }
  return true;
}

static bool readChart(const json::Value &value, Chart &chart, json::Path path) {
  const json::Object *object = value.getAsObject();
  const json::Array *series = object ? object->getArray("series") : nullptr;
  if (!series || series->empty() || !object->getString("title"))
    return fail(path, "expected a chart with a 'title' and 'series'");
  if (!hasOnly(*object, {"title", "x", "y", "series"}, path))
    return false;
  chart.title = object->getString("title")->str();
  for (size_t i = 0; i < series->size(); ++i)
    if (!readSeries((*series)[i], chart.series.emplace_back(),
                    path.field("series").index(i)))
      return false;
  bool hasX = false, hasY = false;
  if (!readAxis(object->get("x"), chart.x, hasX, path.field("x")) ||
      !readAxis(object->get("y"), chart.y, hasY, path.field("y")))
    return false;
  if (!hasX)
    chart.fitX();
  if (!hasY)
    chart.fitY();
  return checkLogarithms(chart, path);
}

llvm::Expected<Chart> bptt::planning::parseChart(llvm::StringRef text,
                                                 llvm::StringRef fileName) {
  Chart chart;
  if (auto e = parseJson(text, fileName, "chart",
                         [&](const json::Value &value, json::Path path) {
                           return readChart(value, chart, path);
                         }))
    return e;
  return chart;
}
