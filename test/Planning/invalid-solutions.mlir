// RUN: bptt-opt %s --split-input-file --verify-diagnostics --bptt-check-solutions

// expected-error @+1 {{has no solution; run bptt-solve-problems first}}
bptt.problem @open #bptt.plan<policy = "optimal", steps = 2, state = 1, residual = 4, kept = 0,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>

// -----

// expected-error @+1 {{says that evaluations is 2, a replay finds 3}}
bptt.problem @wrong #bptt.plan<policy = "optimal", steps = 2, state = 1, residual = 4, kept = 0,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  solution #bptt.solution<kept_peak = 0, evaluations = 2, cost = 7, bound = 7, exactness = "exact">

// -----

// expected-error @+1 {{has the cost 7, below its own bound 8}}
bptt.problem @bound #bptt.plan<policy = "optimal", steps = 2, state = 1, residual = 4, kept = 0,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  solution #bptt.solution<kept_peak = 0, evaluations = 3, cost = 7, bound = 8, exactness = "exact">

// -----

// The tape that the last action reads was never made.
// expected-error @+1 {{V1:}}
bptt.problem @untaped #bptt.plan<policy = "optimal", steps = 1, state = 1, residual = 4, kept = 0,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  solution #bptt.solution<kept_peak = 0, evaluations = 1, cost = 3, bound = 3, exactness = "exact">
  actions ["advance 0..1", "backward-in-progress 0"]

// -----

// expected-error @+1 {{V2:}}
bptt.problem @beyond #bptt.plan<policy = "optimal", steps = 2, state = 1, residual = 4, kept = 4,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  solution #bptt.solution<kept_peak = 4, evaluations = 2, cost = 6, bound = 6, exactness = "exact">
  actions ["taped-forward 0 @1 state initial", "taped-forward-in-progress 1"]

// -----

// expected-error @+1 {{'advance 0' is not an action: expected the steps, as in 0..3 at ''}}
bptt.problem @unreadable #bptt.plan<policy = "optimal", steps = 1, state = 1, residual = 4, kept = 0,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  solution #bptt.solution<kept_peak = 0, evaluations = 1, cost = 3, bound = 3, exactness = "exact">
  actions ["advance 0"]
