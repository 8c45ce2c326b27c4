// RUN: bptt-opt %s --split-input-file --verify-diagnostics --bptt-solve-problems

// expected-error @+1 {{a budget of 1 bytes is below the floor of 2 bytes (kept bytes: the initial state)}}
bptt.problem @small counted #bptt.plan<policy = "optimal", steps = 1000, state = 2, residual = 5, kept = 1,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>

// -----

// expected-error @+1 {{has a length that is known only at run time}}
bptt.problem @dynamic #bptt.plan<policy = "optimal", steps = -1, state = 2, residual = 5, kept = 1,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>

// -----

// expected-error @+1 {{policy 'hsm' counts slots and needs equal steps}}
bptt.problem @slots #bptt.plan<policy = "hsm", steps = 1, kept = 1, chain = [
    #bptt.plan_step<state = 4, residual = 2, advance_cost = 10, taped_cost = 10, backward_cost = 2>]>
