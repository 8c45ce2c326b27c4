//===- Model.h - Planning the recurrences of a program ----------*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_PLAN_MODEL_H
#define BPTT_TOOLS_BPTT_PLAN_MODEL_H

#include "Options.h"

#include "bptt/Planning/SharedBudget.h"

#include "llvm/Support/raw_ostream.h"

#include <functional>

namespace bptt::planning {

/// The gradient of a function, as far as planning goes.
struct Model {
  std::string function;
  SharedProblem shared;
  /// Where there are tape modes to choose, or plans of recurrences inside
  /// steps, the model for a budget and a policy; null elsewhere.
  std::function<llvm::Expected<SharedProblem>(Policy, int64_t budgetBytes)>
      measureFor;
};

/// Parses the file, differentiates the function and measures its compiled
/// cells. Diagnostics of the program go to the standard error stream; the
/// message of the error is then empty. Fails for a length that is known only at
/// run time, unless the options give it.
llvm::Expected<Model> readModel(const Options &options);

/// Plans the model and writes what was asked for. Fails as planning does, and
/// for a picture of several recurrences.
llvm::Error writeModel(llvm::raw_ostream &os, const Model &model,
                       Options options);

} // namespace bptt::planning

#endif // BPTT_TOOLS_BPTT_PLAN_MODEL_H
