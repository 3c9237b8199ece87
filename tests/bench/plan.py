# SPDX-License-Identifier: GPL-2.0-or-later
"""From a workload to what the guest does: calls of the functions in guest.sh.

Times are ns after the origin, a whole second of the guest's monotonic clock: clients keep to that
by themselves, so that no time that the guest's shell takes, or its boot, is in the figures.
"""
from workload import SECOND

WARM_UP = SECOND
# How much longer the loads go on than they are measured.
TAIL = SECOND // 5
# Between the first jobs of two loads: which comes first is no matter of chance.
STAGGER = SECOND // 2000


def policy(workload):
    """The daemon's policy file."""
    lines = []
    for agent in workload.agents.values():
        lines += [f"[agent /{agent.path}]", f"weight = {agent.weight}"]
        if agent.interactive:
            lines.append("class = interactive")
        if agent.cap is not None:
            lines.append(f"max = {agent.cap * 100:g}%")
    return "\n".join(lines)


def simload(load):
    words = []
    for name, value in load.options.items():
        unit = "ns" if name in ("duration", "think", "period", "longest") else ""
        words.append(f"--{name} {value:g}" if name == "pareto" else f"--{name} {value}{unit}")
    return " ".join(words)


def loads(workload):
    """A call for each load, with its begin and its end."""
    last = WARM_UP + workload.seconds * SECOND + TAIL
    for number, load in enumerate(workload.loads):
        begin = number * STAGGER if load.start is None else WARM_UP + load.start
        end = last if load.end is None else WARM_UP + load.end
        yield f"bench_load {number} {load.agent} {begin} {(end - begin) / SECOND:g} {simload(load)}"


def events(workload):
    """(ns after the origin, a call), in order of time."""
    changes = [(WARM_UP + when, f"bench_weight {path} {weight}") for when, path, weight in workload.changes]
    end = WARM_UP + workload.seconds * SECOND
    return [(WARM_UP, "bench_lanes from"), *sorted(changes), (end, "bench_lanes to")]


def plan(workload):
    """Shell text that runs one workload."""
    lines = [f"bench_begin {workload.name} {workload.engines}"]
    lines += [f"bench_agent {path}" for path in workload.agents]
    lines += ["bench_policy <<'END'", policy(workload), "END"]
    lines.append(f"bench_origin {WARM_UP} {WARM_UP + workload.seconds * SECOND}")
    lines += loads(workload)
    for when, call in events(workload):
        lines += [f"bench_until {when}", call]
    lines.append("bench_end")
    return "\n".join(lines) + "\n"
