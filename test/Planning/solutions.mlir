// RUN: bptt-opt %s --bptt-solve-problems | FileCheck %s
// RUN: bptt-opt %s --bptt-solve-problems=actions --bptt-check-solutions | bptt-opt --bptt-check-solutions | FileCheck %s

// Problems with known answers. Costs are evaluations: an advance and a taped forward cost 1, a backward 2.

// The byte-exact optimum, the initial state held by the caller (form A) or counted (form F).
// CHECK: bptt.problem @held #bptt.plan<{{.*}} kept = 140{{.*}}> solution #bptt.solution<kept_peak = 140, evaluations = 2227, cost = 4227, bound = 4227, exactness = "exact">
bptt.problem @held #bptt.plan<policy = "optimal", steps = 1000, state = 2, residual = 5, kept = 140,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
// CHECK: bptt.problem @counted counted {{.*}} evaluations = 2248
bptt.problem @counted counted #bptt.plan<policy = "optimal", steps = 1000, state = 2, residual = 5, kept = 140,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
// CHECK: bptt.problem @equal {{.*}} evaluations = 2007
bptt.problem @equal #bptt.plan<policy = "optimal", steps = 1000, state = 1, residual = 1, kept = 60,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>

// The published policies: 50 hidden states; 50 internal ones of alpha = 5, one of which is in progress; both mixed.
// CHECK: bptt.problem @hsm {{.*}} evaluations = 2948, {{.*}} exactness = "closed-form"
bptt.problem @hsm counted #bptt.plan<policy = "hsm", steps = 1000, state = 1, residual = 0, kept = 50,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
// CHECK: bptt.problem @ism {{.*}} evaluations = 1950, {{.*}} exactness = "closed-form"
bptt.problem @ism counted #bptt.plan<policy = "ism", steps = 1000, state = 1, residual = 3, kept = 246,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
// CHECK: bptt.problem @msm {{.*}} evaluations = 248,
bptt.problem @msm counted #bptt.plan<policy = "msm", steps = 100, state = 1, residual = 3, kept = 20,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>

// A second tape mode, half the bytes for a backward of 3 in place of 2: at one byte short of one tape it is taken once.
// CHECK: bptt.problem @modes {{.*}} solution #bptt.solution<kept_peak = 2, evaluations = 2, cost = 7,
bptt.problem @modes #bptt.plan<policy = "optimal", steps = 2, state = 9, residual = 4, kept = 3,
    advance_cost = 5, taped_cost = 1, backward_cost = 2, other_modes = [2, 1]>

// Unequal steps: the one byte holds the state in front of the second step, which is expensive to reach.
// CHECK: bptt.problem @chain {{.*}} solution #bptt.solution<kept_peak = 1, evaluations = 5, cost = 29,
bptt.problem @chain #bptt.plan<policy = "optimal", steps = 3, kept = 1, chain = [
    #bptt.plan_step<state = 4, residual = 2, advance_cost = 10, taped_cost = 10, backward_cost = 2>,
    #bptt.plan_step<state = 1, residual = 2, advance_cost = 1, taped_cost = 1, backward_cost = 2>,
    #bptt.plan_step<state = 4, residual = 2, advance_cost = 1, taped_cost = 1, backward_cost = 2>]>

// Nothing to do.
// CHECK: bptt.problem @empty {{.*}} solution #bptt.solution<kept_peak = 0, evaluations = 0, cost = 0,
bptt.problem @empty #bptt.plan<policy = "optimal", steps = 0, state = 1, residual = 0, kept = 0,
    advance_cost = 1, taped_cost = 1, backward_cost = 2>
