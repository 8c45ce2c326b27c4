//===- PeakAnalysis.cpp - The peak of one run, read off the final IR ------===//

#include "ProgramImpl.h"

#include "bptt/Runtime/Table.h"
#include "bptt/Transforms/MemoryExtents.h"

#include "llvm/Support/MathExtras.h"

using namespace bptt;

llvm::Expected<int64_t>
Program::analyzePeak(llvm::ArrayRef<const Array *> given) const {
  assert(impl->finalIR && "compile with `analyze`");
  std::vector<MemoryArgument> arguments;
  for (const Array *array : given)
    arguments.push_back({array->type().shape});
  for (auto [type, position] : llvm::zip_equal(impl->results, impl->gradientOf))
    arguments.push_back(
        {(position < 0 ? type : given[position]->type()).shape});
  size_t firstStack = arguments.size();
  size_t numStacks = impl->plain ? impl->plainStackBytes.size()
                                 : !impl->shared.problems.empty();
  arguments.resize(firstStack + numStacks);
  for (const std::vector<int32_t> &table : impl->program.tables)
    arguments.push_back(
        {{int64_t(table.size()) / kTableColumns, kTableColumns}, table});
  arguments.emplace_back(); // the workspace

  auto function = impl->finalIR->lookupSymbol<mlir::func::FuncOp>(impl->name);
  auto extents = measureExtents(function, arguments);
  if (failed(extents))
    return llvm::createStringError("");
  auto aligned = [](int64_t bytes) {
    return int64_t(llvm::alignTo(bytes, kTableUnitBytes));
  };
  int64_t peak = aligned(extents->back());
  for (size_t i = 0; i < numStacks; ++i)
    peak += aligned((*extents)[firstStack + i]);
  return peak;
}
