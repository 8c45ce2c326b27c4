#!/usr/bin/env python3
"""Writes paper.md and figures/*.svg: the tables and figures of Gruslys et al. 2016, with the byte-exact optimum and
measurements beside them. Plans and pictures are made by bptt-plan, measurements by bptt-run.

usage: paper.py [--quick] TOOLS EXAMPLES OUTPUT    (--quick: few points, short sequences, to see that it works)
"""
import functools
import json
import os
import subprocess
import sys
import tempfile

B = 2  # cost of a backward over a forward evaluation, as in the paper
POLICIES = ["optimal", "msm", "ism", "hsm"]
COLORS = {"optimal": 0, "hsm": 1, "ism": 2, "msm": 3, "chen-sqrt": 6, "chen-recursive": 7}


def call(*command):
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if process.returncode:
        sys.exit(f"paper.py: exit status {process.returncode} of: {' '.join(command)}")
    return process.stdout


class Paper:
    def __init__(self, tools, examples, output, quick):
        self.tools, self.examples, self.output, self.quick = tools, examples, output, quick
        self.text = []
        os.makedirs(f"{output}/figures", exist_ok=True)

    # ---- asking -----------------------------------------------------------------------------------------------------

    @functools.lru_cache(maxsize=None)
    def plan(self, *options):
        return json.loads(call(f"{self.tools}/bptt-plan", *options, "--format=json"))

    def evaluations(self, policy, steps, alpha, units):
        """Forward evaluations with `units` hidden states of memory, the initial state included."""
        return self.plan(f"--policy={policy}", f"--steps={steps}", f"--alpha={alpha}", f"--budget={units}",
                         "--initial-state=counted")["forward_evaluations"]

    def of_slots(self, policy, steps, alpha, slots):
        """(evaluations, memory in hidden states) of a published policy in its own slots."""
        p = self.plan(f"--policy={policy}", f"--steps={steps}", f"--alpha={alpha}", f"--slots={slots}")
        return p["forward_evaluations"], p["budget"]

    def run(self, example, policy, budget):
        """One program against plain BPTT, run in turn, so that both see the same machine."""
        return json.loads(call(f"{self.tools}/bptt-run", f"{self.examples}/{example}.mlir", f"--budget={budget}",
                               f"--policy={policy}", f"--repeat={1 if self.quick else 9}", "--check=plain",
                               "--format=json"))

    # ---- writing ----------------------------------------------------------------------------------------------------

    def say(self, *lines):
        self.text += [*lines, ""]

    def table(self, head, rows):
        self.say("| " + " | ".join(head) + " |", "|" + "|".join("---" for _ in head) + "|",
                 *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows))

    def figure(self, name, caption, chart):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(chart, file)
            file.flush()
            call(f"{self.tools}/bptt-plan", f"--chart={file.name}", "-o", f"{self.output}/figures/{name}.svg")
        self.say(f"![{caption}](figures/{name}.svg)")


def ratio(evaluations, steps):
    return (evaluations + B * steps) / ((1 + B) * steps)


def percent(x):
    return f"{100 * x:+.1f} %"


def lengths(least, most, per_decade):
    """Round lengths, evenly apart in their logarithm."""
    result, i = [], 0
    while True:
        t = round(least * 10 ** (i / per_decade))
        if t > most:
            return result
        result.append(t)
        i += 1


# ---- the sections ---------------------------------------------------------------------------------------------------


def headline(paper):
    steps, alpha, slots = 1000, 5, 50
    ism, units = paper.of_slots("ism", steps, alpha, slots)
    msm, msm_units = paper.of_slots("msm", steps, alpha, slots * alpha)
    best = paper.evaluations("optimal", steps, alpha, units)
    paper.say("## The headline",
              f"A thousand steps in 5 % of the internal states, alpha = {alpha}, b = {B}: "
              f"time {percent(ratio(ism, steps) - 1)}.")
    rows = [["ISM, 50 internal states", units, ism, percent(ratio(ism, steps) - 1)],
            ["MSM, 250 hidden states", msm_units, msm, percent(ratio(msm, steps) - 1)],
            ["byte-exact optimum in the memory of ISM", units, best, percent(ratio(best, steps) - 1)]]
    paper.table(["", "memory, hidden states", "evaluations", "time against plain BPTT"], rows)
    fewer = least_memory(paper, "optimal", steps, alpha, units, ism)
    paper.say(f"The optimum needs {fewer} hidden states for what ISM does in {units}: {fewer / units:.0%} of the memory "
              "for the same time. It keeps a tape's input state once where neighbouring tapes share it, releases the "
              "initial state of a part that is done, and mixes states with tapes.")


def against_length(paper):
    alpha, slots = 5, [10, 50, 100, 500, 1000]
    most = {"hsm": 10000, "ism": 10000, "msm": 2000}
    if paper.quick:
        slots, most = [10, 50], dict.fromkeys(most, 200)
    paper.say("## Cost against length",
              f"Evaluations a step with {', '.join(map(str, slots))} slots, alpha = {alpha}. A slot of HSM and MSM "
              "holds a hidden state, one of ISM an internal state. Dashed: the byte-exact optimum in the same bytes.")
    for policy in ["hsm", "ism", "msm"]:
        series, worst = [], (0, (0, 0))
        for i, count in enumerate(slots):
            published, optimum = [], []
            for t in lengths(10, most[policy], 4 if paper.quick else 8):
                cost, units = paper.of_slots(policy, t, alpha, count)
                best = paper.evaluations("optimal", t, alpha, units)
                published.append([t, cost / t])
                optimum.append([t, best / t])
                worst = max(worst, (cost / best - 1, (t, count)))
            series.append({"name": f"{count} slots", "color": i, "points": published})
            series.append({"name": "", "style": "dashed", "color": i, "points": optimum})
        series.append({"name": "optimum, same bytes", "style": "dashed", "color": 6, "points": []})
        paper.figure(f"length-{policy}", f"Evaluations a step of {policy.upper()} against the length of the sequence",
                     {"title": f"{policy.upper()}: evaluations a step against length", "series": series,
                      "x": {"label": "steps", "log": True},
                      "y": {"label": "evaluations a step", "range": [1, 6]}})
        excess, (t, count) = worst
        paper.say(f"{policy.upper()} costs up to {excess:.1%} more evaluations than the optimum in the same bytes "
                  f"(at {t} steps, {count} slots).")


def mixed_against_pure(paper):
    steps = 100 if paper.quick else 1000
    paper.say("## Mixed against pure", f"{steps} steps; memory in hidden states, the initial state included. With a "
              "small internal state (alpha = 2) tapes are worth their memory almost always, with a large one states are "
              "the better half of a mixture. The optimum is below all three everywhere.")
    rows = []
    for alpha in [2, 5] if paper.quick else [2, 3, 5, 10]:
        most = alpha * steps
        points = json.loads(call(f"{paper.tools}/bptt-plan", f"--steps={steps}", f"--alpha={alpha}", "--format=json",
                                 "--initial-state=counted", f"--curve=3:{most}:{12 if paper.quick else 60}"))
        cost = {(p["policy"], p["budget"]): p["forward_evaluations"] for p in points}
        series = [{"name": "optimum" if policy == "optimal" else policy.upper(), "color": COLORS[policy],
                   "points": [[m, c / steps] for (p, m), c in sorted(cost.items()) if p == policy]}
                  for policy in POLICIES]
        if alpha != 3:
            paper.figure(f"mixed-{alpha}", f"Evaluations a step against memory, alpha = {alpha}",
                         {"title": f"{steps} steps, alpha = {alpha}", "series": series,
                          "x": {"label": "memory in hidden states", "log": True},
                          "y": {"label": "evaluations a step", "range": [1, 6]}})
        excess = {m: c / cost["optimal", m] - 1 for (p, m), c in cost.items() if p == "msm"}
        for limit in [most, most // 10]:
            m = max((m for m in excess if m <= limit), key=excess.get)
            rows.append([alpha, "any" if limit == most else "up to a tenth", m, cost["msm", m], cost["optimal", m],
                         f"{excess[m]:.1%}",
                         f"{ratio(cost['msm', m], steps) / ratio(cost['optimal', m], steps) - 1:.1%}"])
    paper.say("### Where MSM is not optimal", "MSM as published never releases the slot of a part's initial state, and "
              "pays twice for the state that neighbouring tapes share. The smallest case is alpha = 3, seven steps in "
              f"four slots: {paper.evaluations('msm', 7, 3, 4)} evaluations, where 13 are possible in its own accounting "
              f"and {paper.evaluations('optimal', 7, 3, 4)} in bytes. In the figures above it loses most here:")
    paper.table(["alpha", "share of the memory", "hidden states", "MSM", "optimum", "more evaluations", "more time"], rows)


def whole_step_floor(paper):
    steps, alpha = 1000, 5
    full = paper.plan(f"--steps={steps}", f"--alpha={alpha}", "--initial-state=counted")["full"]
    paper.say("## The floor of whole steps",
              "A step whose tape does not survive the first sweep is evaluated twice at least. If n tapes fit beside one "
              "in progress, no schedule of whole steps has fewer than 2t - n - 1 evaluations. The optimum comes close "
              "from about 5 % of the memory up; below, states for further levels of recomputation are what costs. To get "
              "below the floor, a step has to be taken apart.")
    rows = []
    for share in [50, 20, 10, 5, 2, 1]:
        units = full * share // 100
        tapes = units // (alpha - 1)  # S + E = alpha - 1
        best = paper.evaluations("optimal", steps, alpha, units)
        rows.append([f"{share} %", units, best, 2 * steps - tapes - 1, percent(ratio(best, steps) - 1)])
    paper.table(["memory", "hidden states", "optimum", "floor", "time"], rows)


def least_memory(paper, policy, steps, alpha, most, cost):
    """Fewest hidden states within which the policy costs no more; it gets no dearer with more."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if paper.evaluations(policy, steps, alpha, middle) <= cost:
            high = middle
        else:
            low = middle + 1
    return low


def against_chen(paper):
    alpha = 5
    paper.say("## Memory at equal cost: Chen et al. (2016)",
              "Segments of sqrt(t) steps take two evaluations a step and, as usually counted, sqrt(t) (1 + alpha) hidden "
              "states; recursive halving takes log2(t) states and about log2(t) / 2 + 1 evaluations a step. Below, the "
              f"memory in which MSM and the optimum do with as many evaluations, alpha = {alpha}.")
    sizes = [16, 64] if paper.quick else [2 ** i for i in range(4, 11)]
    names = {"chen-sqrt": "Chen, square root", "chen-recursive": "Chen, recursive", "msm": "MSM", "optimal": "optimum"}
    rows = []
    for scheme in ["chen-sqrt", "chen-recursive"]:
        memory = {name: [] for name in [scheme, "msm", "optimal"]}
        for t in sizes:
            chen = paper.plan(f"--policy={scheme}", f"--steps={t}", f"--alpha={alpha}", "--initial-state=counted")
            cost, units = chen["forward_evaluations"], chen["kept_peak"]
            if scheme == "chen-sqrt":
                cost, units = 2 * t, round(t ** 0.5 * (1 + alpha))
            memory[scheme].append([t, units])
            for policy in ["msm", "optimal"]:
                memory[policy].append([t, least_memory(paper, policy, t, alpha, alpha * t, cost)])
            rows.append([names[scheme], t, f"{cost / t:.2f}", units, memory["msm"][-1][1], memory["optimal"][-1][1]])
        paper.figure(scheme, f"Memory at the cost of Chen's scheme: {names[scheme]}",
                     {"title": f"Memory at the cost of {names[scheme]}",
                      "series": [{"name": names[p], "color": COLORS[p], "points": m,
                                  "style": "dashed" if p == "optimal" else "line"} for p, m in memory.items()],
                      "x": {"label": "steps", "log": True},
                      "y": {"label": "memory in hidden states", "log": scheme == "chen-sqrt"}})
    paper.table(["scheme", "steps", "evaluations a step", "its memory", "MSM", "optimum"], rows)


def measured(paper):
    example = "rnn" if paper.quick else "gru"
    budgets = ["20%"] if paper.quick else ["50%", "20%", "10%", "5%", "3%", "2%"]
    policies = ["optimal", "hsm"] if paper.quick else ["optimal", "msm", "hsm", "chen-sqrt"]
    name, steps = example.upper(), paper.run(example, "full", "max")["steps"]
    paper.say("## Measured", f"examples/{example}.mlir, {steps} steps, compiled and executed: the peak of "
              "everything allocated between entry and exit, and the seconds of value and gradient, "
              f"{'one run' if paper.quick else 'the median of nine runs in turn with plain BPTT'}. The planner counts the "
              "cells' own costs here, not b = 2. Planned and measured peaks agree to the byte, planned and counted "
              "evaluations exactly, and every gradient is bit-identical to that of plain BPTT. Seconds compare within a row; "
              "other work on the machine changes them from row to row.")
    rows = []
    marks, planned = {p: [] for p in policies}, []
    for policy in policies:
        for budget in budgets:
            if policy == "chen-sqrt" and budget != budgets[-3 % len(budgets)]:
                continue  # its memory is its own
            r = paper.run(example, policy, budget)
            if r["failures"] or not r["gradient_bit_identical"]:
                sys.exit(f"paper.py: {example}, {policy}, {budget}: {r['failures']}")
            share, slowdown = 100 * r["measured_peak_bytes"] / r["full_bytes"], r["seconds"] / r["full_seconds"]
            marks[policy].append([share, slowdown])
            if policy == "optimal":
                planned.append([share, r["planned_time_ratio"]])
            rows.append([policy, f"{share:.2f} %", f"{r['measured_peak_bytes']:,}",
                         f"{r['forward_evaluations'] / r['steps']:.3f}", f"{r['planned_time_ratio']:.2f}",
                         f"{r['seconds']:.3f}", f"{r['full_seconds']:.3f}", f"{slowdown:.2f}"])
    series = [{"name": "optimum, planned", "color": 0, "points": planned}]
    series += [{"name": {"optimal": "optimum"}.get(p, p), "style": "marks", "color": COLORS[p], "points": m}
               for p, m in marks.items()]
    paper.figure("measured", f"{name}: measured time against measured peak",
                 {"title": f"{name}, {steps} steps: time against peak, both measured", "series": series,
                  "x": {"label": "peak in per cent of plain BPTT", "log": True, "range": [1, 100]},
                  "y": {"label": "time over plain BPTT", "range": [0.8, 2.4]}})
    paper.table(["policy", "peak", "bytes", "evaluations a step", "time, planned", "seconds", "plain BPTT", "time, measured"],
                rows)


def main():
    arguments = sys.argv[1:]
    quick = "--quick" in arguments
    if quick:
        arguments.remove("--quick")
    if len(arguments) != 3:
        sys.exit(__doc__)
    paper = Paper(*arguments, quick)
    paper.say("# The paper, and past it",
              "*Memory-Efficient Backpropagation Through Time* (Gruslys, Munos, Danihelka, Lanctot, Graves; NIPS 2016), its "
              "tables and figures from this project's planner, and beside each curve what the same bytes allow. This page "
              "is written by `./dev paper`; [planner.md](planner.md) explains the words and the mathematics. *Hidden "
              "state memorisation* (HSM) keeps states, *internal state memorisation* (ISM) tapes, *mixed state "
              "memorisation* (MSM) both; alpha is the size of an internal over that of a hidden state.")
    for section in [headline, against_length, mixed_against_pure, whole_step_floor, against_chen, measured]:
        section(paper)
        print(f"{section.__name__}: done", file=sys.stderr, flush=True)
    with open(f"{paper.output}/paper.md", "w") as file:
        file.write("\n".join(paper.text).rstrip() + "\n")


if __name__ == "__main__":
    main()
