//===- Policy.h - Ways to choose what to keep -------------------*- C++ -*-===//

#ifndef BPTT_PLANNING_POLICY_H
#define BPTT_PLANNING_POLICY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace bptt::planning {

enum class Policy {
  Optimal,       ///< fewest evaluations for the bytes (recurrences F and A)
  Full,          ///< plain BPTT: every tape is kept
  None,          ///< only the initial state is kept
  Hsm,           ///< hidden-state memorisation (Gruslys et al. 2016; Revolve)
  Ism,           ///< internal-state memorisation (Gruslys et al. 2016)
  Msm,           ///< mixed memorisation as published (Gruslys et al. 2016)
  ChenSqrt,      ///< sqrt(T) segments, each taped as a whole (Chen et al. 2016)
  ChenRecursive, ///< recursive halving (Chen et al. 2016)
};

/// All policies in the order of the enumeration.
llvm::ArrayRef<Policy> allPolicies();

/// The name as users write it, e.g. `chen-sqrt`.
llvm::StringRef toString(Policy policy);

/// The inverse of toString; fails naming the known policies.
llvm::Expected<Policy> parsePolicy(llvm::StringRef name);

} // namespace bptt::planning

#endif // BPTT_PLANNING_POLICY_H
