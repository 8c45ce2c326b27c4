//===- Check.cpp - Comparing a gradient with what it should be ------------===//

#include "bptt/Execution/Check.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace bptt;

namespace {

/// An f64 gradient that would keep more than this is recomputed instead.
constexpr int64_t kLargeArenaBytes = int64_t(1) << 30;

/// Relative; no smaller difference is looked for below it.
constexpr double kCloseEnough = 1e-9;

/// Of the value: a smaller derivative is compared as one of this size. Along
/// 1e-4, rounding the value at 2^-53 hides some 1e-11 of it, 1e-6 of this.
constexpr double kSmallestSlope = 1e-5;

llvm::SmallVector<const Array *> getPointers(llvm::ArrayRef<Array> arrays) {
  return llvm::map_to_vector(arrays, [](const Array &array) { return &array; });
}

llvm::Expected<std::vector<Array>> widen(llvm::ArrayRef<Array> arrays) {
  std::vector<Array> wide;
  for (const Array &array : arrays) {
    auto copy = array.widened();
    if (!copy)
      return copy.takeError();
    wide.push_back(std::move(*copy));
  }
  return std::move(wide);
}

double dot(const Array &a, const Array &b) {
  double sum = 0;
  for (int64_t i = 0, e = a.type().numElements(); i < e; ++i)
    sum += a.get(i) * b.get(i);
  return sum;
}

double norm(const Array &array) { return std::sqrt(dot(array, array)); }

/// The program's value as a function of the distance walked along a direction
/// from `origin`. `point` is room for where it is called, and at first the
/// same.
class Line {
public:
  Line(Program &value, llvm::ArrayRef<Array> origin,
       llvm::MutableArrayRef<Array> point, llvm::ArrayRef<int64_t> wrt,
       llvm::ArrayRef<Array> direction)
      : value(value), origin(origin), point(point), wrt(wrt),
        direction(direction) {}

  llvm::Expected<double> at(double distance) {
    for (auto [position, step] : llvm::zip_equal(wrt, direction))
      for (int64_t i = 0, e = step.type().numElements(); i < e; ++i)
        point[position].set(i,
                            origin[position].get(i) + distance * step.get(i));
    Measurement measurement;
    auto results =
        value.run(getPointers(point), measurement, /*measurePeak=*/false);
    if (!results)
      return results.takeError();
    return results->front().get(0);
  }

  /// Order h^4: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12 h.
  llvm::Expected<double> differentiate(double h) {
    double values[4];
    const double distances[] = {h, -h, 2 * h, -2 * h};
    for (int i = 0; i < 4; ++i) {
      auto there = at(distances[i]);
      if (!there)
        return there.takeError();
      values[i] = *there;
    }
    return (8 * (values[0] - values[1]) - (values[2] - values[3])) / (12 * h);
  }

private:
  Program &value;
  llvm::ArrayRef<Array> origin;
  llvm::MutableArrayRef<Array> point;
  llvm::ArrayRef<int64_t> wrt;
  llvm::ArrayRef<Array> direction;
};

/// Along the gradient, and half as far at random: the two cannot cancel, so the
/// derivative is not near zero. In every argument about as long as the argument
/// is: a few sensitive numbers must not be moved by the size of many others.
llvm::Expected<std::vector<Array>> makeDirection(llvm::ArrayRef<Array> gradient,
                                                 llvm::ArrayRef<double> lengths,
                                                 uint64_t seed) {
  std::vector<Array> direction;
  for (const auto &[index, slope] : llvm::enumerate(gradient)) {
    auto random = makeRandom(slope.type(), seed + index);
    if (!random)
      return random.takeError();
    Array &part = *random;
    double randomNorm = norm(part), slopeNorm = norm(slope);
    for (int64_t i = 0, e = part.type().numElements(); i < e; ++i)
      part.set(i, lengths[index] *
                      ((randomNorm > 0 ? part.get(i) / (2 * randomNorm) : 0) +
                       (slopeNorm > 0 ? slope.get(i) / slopeNorm : 0)));
    direction.push_back(std::move(part));
  }
  return std::move(direction);
}

} // namespace

llvm::Expected<FiniteDifferences> bptt::checkFiniteDifferences(
    mlir::ModuleOp module, const CompileOptions &options,
    llvm::ArrayRef<Array> arguments, unsigned numDirections, uint64_t seed) {
  CompileOptions wide = options;
  wide.widen = true;
  wide.costs.clear();
  wide.plain = false;
  wide.policy = "optimal";
  wide.budget = "max";
  auto gradientProgram = compile(module, wide);
  if (!gradientProgram)
    return gradientProgram.takeError();
  auto origin = widen(arguments);
  if (!origin)
    return origin.takeError();
  auto point = widen(arguments);
  if (!point)
    return point.takeError();
  if (llvm::Error error = gradientProgram->prepare(getPointers(*origin)))
    return std::move(error);
  if (gradientProgram->sizes().arenaBytes > kLargeArenaBytes) {
    wide.budget = "10%";
    gradientProgram = compile(module, wide);
    if (!gradientProgram)
      return gradientProgram.takeError();
    if (llvm::Error error = gradientProgram->prepare(getPointers(*origin)))
      return std::move(error);
  }
  wide.gradient = false;
  auto valueProgram = compile(module, wide);
  if (!valueProgram)
    return valueProgram.takeError();

  Measurement measurement;
  if (llvm::Error error = valueProgram->prepare(getPointers(*origin)))
    return std::move(error);
  auto results = gradientProgram->run(getPointers(*origin), measurement,
                                      /*measurePeak=*/false);
  if (!results)
    return results.takeError();

  FiniteDifferences check;
  double value = results->front().get(0);
  double smallest = std::isfinite(value) ? kSmallestSlope * std::abs(value) : 0;
  llvm::ArrayRef<Array> gradient =
      llvm::ArrayRef(*results).drop_front(valueProgram->resultTypes().size());
  llvm::ArrayRef<int64_t> wrt = options.target.wrt;
  std::vector<double> lengths;
  for (int64_t position : wrt) {
    double length = norm((*origin)[position]);
    lengths.push_back(length > 0 ? length : 1);
  }
  for (unsigned k = 0; k < numDirections; ++k) {
    auto direction = makeDirection(gradient, lengths, seed + 1000 * k);
    if (!direction)
      return direction.takeError();
    double expected = 0;
    for (const auto &[slope, step] : llvm::zip_equal(gradient, *direction))
      expected += dot(slope, step);
    // Truncation and rounding pull h in opposite directions; the best of three
    // is the difference, and the first that is close enough the last.
    double best = INFINITY;
    for (double h : {1e-4, 1e-5, 1e-6}) {
      auto difference = Line(*valueProgram, *origin, *point, wrt, *direction)
                            .differentiate(h);
      if (!difference)
        return difference.takeError();
      double scale =
          std::max({std::abs(expected), std::abs(*difference), smallest});
      double error = scale == 0 ? 0 : std::abs(expected - *difference) / scale;
      best = error <= best ? error : best;
      if (best <= kCloseEnough)
        break;
    }
    check.maxRelativeError =
        best <= check.maxRelativeError ? check.maxRelativeError : best;
  }
  check.wideResults = std::move(*results);
  return std::move(check);
}
