//===- ClosedForms.h - HSM and ISM without a table --------------*- C++ -*-===//
//
// Gruslys, Munos, Danihelka, Lanctot, Graves: Memory-Efficient Backpropagation
// Through Time, NIPS 2016; HSM is Revolve, Griewank and Walther 2000. `t`
// steps, `m` slots, beta(m, r) = binom(m + r, m).
//
//   HSM  C(t,m) = (r+1) t - binom(m+r, r-1),  r least with t <= beta(m,r)
//   ISM  C(t,m) = r (t+1) - binom(m+r, r-1),  r least with t <= beta(m,r) - 1
//
// HSM slots hold states, the run's initial one included; the tape in progress
// is outside. ISM slots hold tapes, the one in progress included.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_PLANNING_CLOSEDFORMS_H
#define BPTT_PLANNING_CLOSEDFORMS_H

#include <cstdint>
#include <optional>
#include <utility>

namespace bptt::planning {

/// binom(n, k), nothing if it exceeds 2^62. Zero for k < 0 or k > n.
std::optional<int64_t> binomial(int64_t n, int64_t k);

/// Forward evaluations, t >= 0, m >= 1; nothing if they exceed 64 bits.
std::optional<int64_t> hsmEvaluations(int64_t t, int64_t m);
std::optional<int64_t> ismEvaluations(int64_t t, int64_t m);

/// The interval [first, second] of optimal splits y; t >= 2, m >= 1.
///   HSM  y   in [ max(1, beta(m,r-2), t - beta(m-1,r)),
///                 min(t-1, beta(m,r-1), t - beta(m-1,r-1)) ]
///   ISM  y-1 in [ max(0, N_{r-2}(m), t-1 - N_r(m-1)),
///                 min(t-1, N_{r-1}(m), t-1 - N_{r-1}(m-1)) ],
///        N_r(m) = beta(m,r) - 1
std::pair<int64_t, int64_t> hsmSplits(int64_t t, int64_t m);
std::pair<int64_t, int64_t> ismSplits(int64_t t, int64_t m);

} // namespace bptt::planning

#endif // BPTT_PLANNING_CLOSEDFORMS_H
