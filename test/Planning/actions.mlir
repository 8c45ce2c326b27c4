// RUN: bptt-opt %s --bptt-solve-problems=actions | FileCheck %s
// RUN: bptt-opt %s --bptt-check-solutions

// Four steps with room for one state beside the caller's: as good in front of the second step as of the third.
// CHECK: actions ["advance 0..1", "checkpoint 1 @0", "advance 1..3", "taped-forward-in-progress 3",
// CHECK-SAME: "backward-in-progress 3", "restore 1 @0", "advance 1..2", "taped-forward-in-progress 2",
// CHECK-SAME: "backward-in-progress 2", "restore 1 @0", "taped-forward-in-progress 1", "backward-in-progress 1",
// CHECK-SAME: "restore-initial", "taped-forward-in-progress 0", "backward-in-progress 0"]

bptt.problem @four_steps #bptt.plan<policy = "optimal", steps = 4, state = 1, residual = 4, kept = 1,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  solution #bptt.solution<kept_peak = 1, evaluations = 8, cost = 16, bound = 16, exactness = "exact">

// A schedule made by hand, which is no solver's: a tape on the stack above the state that it belongs to.
bptt.problem @by_hand #bptt.plan<policy = "optimal", steps = 3, state = 2, residual = 3, kept = 8,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
  solution #bptt.solution<kept_peak = 8, evaluations = 3, cost = 9, bound = 9, exactness = "exact">
  actions ["taped-forward 0 @0 state initial", "checkpoint 1 @3", "taped-forward 1 @5 state @3",
           "taped-forward-in-progress 2", "backward-in-progress 2", "backward 1 @5 state @3",
           "backward 0 @0 state initial"]
