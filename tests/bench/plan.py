# SPDX-License-Identifier: GPL-2.0-or-later
"""From a workload to what the guest does: calls of the functions in guest.sh."""
from workload import MS, SECOND

WARM_UP = SECOND


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


def events(workload):
    """(ns after the beginning of the measurement, a call), in order of time."""
    calls = [(0, "bench_from"), (workload.seconds * SECOND, "bench_to")]
    for number, load in enumerate(workload.loads):
        start = -WARM_UP if load.start is None else load.start
        calls.append((start, f"bench_load {number} {load.agent} {simload(load)}"))
        if load.end is not None:
            calls.append((load.end, f"bench_unload {number}"))
    for when, path, weight in workload.changes:
        calls.append((when, f"bench_weight {path} {weight}"))
    # What is given first comes first where times are equal: the loads, then the mark.
    return sorted(calls, key=lambda call: (call[0], call[1].startswith("bench_to")))


def plan(workload):
    """Shell text that runs one workload."""
    lines = [f"bench_begin {workload.name} {workload.engines}"]
    lines += [f"bench_agent {path}" for path in workload.agents]
    lines += ["bench_policy <<'END'", policy(workload), "END"]
    now = -WARM_UP
    for when, call in events(workload):
        if when > now:
            lines.append(f"bench_sleep {(when - now) // MS}")
            now = when
        lines.append(call)
    lines.append("bench_end")
    return "\n".join(lines) + "\n"
