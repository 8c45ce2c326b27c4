// RUN: bptt-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{a plan's sizes must not be negative}}
module attributes {test.plan = #bptt.plan<policy = "optimal", steps = -2, state = 64, residual = 64, kept = 640,
    advance_cost = 1, taped_cost = 2, backward_cost = 4>} {}

// -----

// expected-error @+1 {{a plan's sizes must not be negative}}
module attributes {test.plan = #bptt.plan<policy = "optimal", steps = 10, state = 64, residual = -1, kept = 640,
    advance_cost = 1, taped_cost = 2, backward_cost = 4>} {}

// -----

// expected-error @+1 {{a plan's costs must be positive}}
module attributes {test.plan = #bptt.plan<policy = "optimal", steps = 10, state = 64, residual = 64, kept = 640,
    advance_cost = 0, taped_cost = 2, backward_cost = 4>} {}

// -----

// expected-error @+1 {{unknown policy 'best'}}
module attributes {test.plan = #bptt.plan<policy = "best", steps = 10, state = 64, residual = 64, kept = 640,
    advance_cost = 1, taped_cost = 2, backward_cost = 4>} {}

// -----

// expected-error @+1 {{a plan's `other_modes` are pairs of residual bytes and extra cost, found 3 numbers}}
module attributes {test.plan = #bptt.plan<policy = "optimal", steps = 10, state = 64, residual = 64, kept = 640,
    advance_cost = 1, taped_cost = 2, backward_cost = 4, other_modes = [0, 1, 2]>} {}

// -----

// expected-error @+1 {{a further mode of a plan must have bytes that are not negative, and cost more than the first}}
module attributes {test.plan = #bptt.plan<policy = "optimal", steps = 10, state = 64, residual = 64, kept = 640,
    advance_cost = 1, taped_cost = 2, backward_cost = 4, other_modes = [0, 0]>} {}

// -----

// A length known only at run time.
module attributes {bptt.plan = #bptt.plan<policy = "optimal", steps = -1, state = 64, residual = 64, kept = 640,
    advance_cost = 1, taped_cost = 2, backward_cost = 4>} {}
