#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check.py PROGRAM: a quick run of the simulator, judged: a line "ok NAME" or
"not ok NAME: reason" for each goal, and "figure NAME VALUE UNIT"."""

import json
import subprocess
import sys

PROGRAM = sys.argv[1]
SPAN = "10,100,1000,10000"
failed = False


def run(*options):
    """The document that the simulator prints; the goals are judged here."""
    done = subprocess.run([PROGRAM, "--json", *options], stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{PROGRAM} {' '.join(options)} ended with status {done.returncode}")
    return json.loads(done.stdout)


def verdict(name, met, reason):
    global failed
    failed |= not met
    print(f"ok {name}" if met else f"not ok {name}: {reason}", flush=True)


def judge_shares(name, runs):
    shares = [r["shares"] for r in runs if "shares" in r]
    worst = max(max(s["ahead_of_bound"], s["behind_of_bound"]) for s in shares)
    print(f"figure sim_{name}_worst_lag {worst:.3f} of_the_bound")
    verdict(f"sim_{name}__is_within_the_bound_of_the_theory", worst <= 1,
            f"a lag is {worst:.3f} of the bound")


def judge_growth(growth):
    name = f"sim_{growth['workload']}_{growth['call']}"
    print(f"figure {name}_10000_to_10_agents {growth['ratio']:.2f} times")
    verdict(f"{name}__grows_as_the_logarithm", growth["met"],
            f"10,000 agents cost {growth['ratio']:.2f} times what 10 do")


DEEP = ("--workload", "deep", "--jobs", "100000")
judge_shares("flat", run(*DEEP, "--cost", "fixed", "--seed", "2")["runs"])
judge_shares("tree", run(*DEEP, "--cost", "uniform", "--seed", "3", "--depth", "3")["runs"])
first, again = (run("--agents", "10,1000", "--lanes", "4", "--jobs", "20000") for _ in range(2))
verdict("sim_same_seed__gives_the_same_figures", first == again, "two runs differ")

whole = run("--agents", SPAN, "--jobs", "200000")
judge_shares("long_tailed_costs", whole["runs"])
for g in whole["growth"]:
    judge_growth(g)
sys.exit(failed)
