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

bptt.problem @bound #bptt.plan<policy = "optimal", steps = 2, state = 1, residual = 4, kept = 0,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  // expected-error @+1 {{a solution's bound is 8, expected 0 to its cost, 7}}
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

// -----

bptt.problem @negative #bptt.plan<policy = "optimal", steps = 2, state = 1, residual = 4, kept = 0,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  // expected-error @+1 {{a solution's bound is -3, expected 0 to its cost, 7}}
  solution #bptt.solution<kept_peak = 0, evaluations = 3, cost = 7, bound = -3, exactness = "window">

// -----

bptt.problem @name #bptt.plan<policy = "optimal", steps = 2, state = 1, residual = 4, kept = 0,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  // expected-error @+1 {{unknown exactness 'banana', expected one of exact, window, macro, closed-form}}
  solution #bptt.solution<kept_peak = 0, evaluations = 3, cost = 7, bound = 7, exactness = "banana">

// -----

bptt.problem @unequal #bptt.plan<policy = "optimal", steps = 2, state = 1, residual = 4, kept = 0,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  // expected-error @+1 {{a solution that is 'exact' has the bound 3, not its cost, 7}}
  solution #bptt.solution<kept_peak = 0, evaluations = 3, cost = 7, bound = 3, exactness = "exact">

// -----

// A plan that evaluates the steps again and again, where there is room for their tapes.
// expected-error @+1 {{says that no plan costs less than 12, one costs 9}}
bptt.problem @clumsy #bptt.plan<policy = "optimal", steps = 3, state = 2, residual = 3, kept = 8,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  solution #bptt.solution<kept_peak = 0, evaluations = 6, cost = 12, bound = 12, exactness = "exact">
  actions ["advance 0..2", "taped-forward-in-progress 2", "backward-in-progress 2", "restore-initial", "advance 0..1",
           "taped-forward-in-progress 1", "backward-in-progress 1", "restore-initial", "taped-forward-in-progress 0",
           "backward-in-progress 0"]
