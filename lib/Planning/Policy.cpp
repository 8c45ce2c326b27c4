//===- Policy.cpp - Names of policies -------------------------------------===//

#include "bptt/Planning/Policy.h"

#include "llvm/Support/ErrorHandling.h"

using namespace bptt::planning;

llvm::ArrayRef<Policy> bptt::planning::allPolicies() {
  static constexpr Policy policies[] = {
      Policy::Optimal, Policy::Full, Policy::None,     Policy::Hsm,
      Policy::Ism,     Policy::Msm,  Policy::ChenSqrt, Policy::ChenRecursive};
  return policies;
}

llvm::StringRef bptt::planning::toString(Policy policy) {
  switch (policy) {
  case Policy::Optimal:
    return "optimal";
  case Policy::Full:
    return "full";
  case Policy::None:
    return "none";
  case Policy::Hsm:
    return "hsm";
  case Policy::Ism:
    return "ism";
  case Policy::Msm:
    return "msm";
  case Policy::ChenSqrt:
    return "chen-sqrt";
  case Policy::ChenRecursive:
    return "chen-recursive";
  }
  llvm_unreachable("not a policy");
}

llvm::Expected<Policy> bptt::planning::parsePolicy(llvm::StringRef name) {
  std::string known;
  for (Policy policy : allPolicies()) {
    if (toString(policy) == name)
      return policy;
    known += (known.empty() ? "" : ", ") + toString(policy).str();
  }
  return llvm::createStringError("unknown policy '" + name +
                                 "', expected one of " + known);
}
