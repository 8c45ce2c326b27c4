//===- Output.cpp - One plan or curve in the format asked for -------------===//

#include "Output.h"

using namespace bptt::planning;

llvm::Error bptt::planning::writePlanAs(llvm::raw_ostream &os, const Plan &plan,
                                        const Accounting &accounting,
                                        const Options &options) {
  switch (options.format) {
  case Format::Text:
    writeText(os, plan, accounting, options.withActions);
    break;
  case Format::Json:
    writeJson(os, plan, accounting, options.withActions);
    break;
  case Format::Csv:
    writeCsv(os, plan, accounting, options.withActions);
    break;
  case Format::Trace:
    writeTrace(os, plan);
    break;
  case Format::Svg:
    return writeSvg(os, plan);
  }
  return llvm::Error::success();
}

void bptt::planning::writeCurveAs(llvm::raw_ostream &os,
                                  llvm::ArrayRef<CurvePoint> points,
                                  Format format) {
  switch (format) {
  case Format::Json:
    return writeCurveJson(os, points);
  case Format::Csv:
    return writeCurveCsv(os, points);
  case Format::Svg:
    return writeCurveSvg(os, points);
  case Format::Text:
  case Format::Trace: // refused with the options
    return writeCurveText(os, points);
  }
}
