//===- Output.cpp - One plan or curve in the format asked for -------------===//

#include "Output.h"

#include "llvm/Support/WithColor.h"

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

llvm::Error bptt::planning::writeCurveAs(llvm::raw_ostream &os,
                                         llvm::ArrayRef<CurvePoint> points,
                                         llvm::ArrayRef<std::string> skipped,
                                         const Options &options) {
  if (options.policyIsGiven && !skipped.empty())
    return llvm::createStringError(skipped.front());
  for (const std::string &reason : skipped)
    llvm::WithColor::warning(llvm::errs(), "bptt-plan") << reason << '\n';
  switch (options.format) {
  case Format::Json:
    writeCurveJson(os, points);
    break;
  case Format::Csv:
    writeCurveCsv(os, points);
    break;
  case Format::Svg:
    writeCurveSvg(os, points);
    break;
  case Format::Text:
  case Format::Trace: // refused with the options
    writeCurveText(os, points);
    break;
  }
  return llvm::Error::success();
}
