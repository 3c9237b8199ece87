# SPDX-License-Identifier: GPL-2.0-or-later
"""Goals: what must hold with headgate. Those of all workloads are here, others in their files."""
from collections import namedtuple

from workload import MS, SECOND

# Points beyond the unavoidable, over windows of so long.
SHARE_ERROR = {10 * SECOND: 0.5, SECOND: 2.0}
# Percent of the time that a lane may idle while a ticket waits.
IDLE = 0.2
# Instructions, by the name that the test gives the figure: what it is, the goal or None. A pick
# is the queue's alone, in the simulator.
COSTS = {
    "cost_governed_whole_path": ("cost of a submission", 1500),
    "pick_deep_10": ("cost of a pick, 10 agents with deep queues", None),
    "pick_deep_10000": ("cost of a pick, 10,000 of them", None),
    "pick_decode_10": ("cost of a pick, 10 agents that come and go", None),
    "pick_decode_10000": ("cost of a pick, 10,000 of them coming and going", None),
}
# How far two runs may differ, in points or percent.
SPREAD = 0.1


class Check(namedtuple("Check", "figure unit value most limit beside note", defaults=(True, None, 0, ""))):
    """A figure, and what it should be: at most (or at least) the limit and what is beside it.

    value: None where there is nothing to tell; limit: None where nothing is judged; beside: what
    no scheduler can avoid, in the same unit; note: where the figure comes from.
    """
    __slots__ = ()

    @property
    def missed(self):
        if self.value is None or self.limit is None:
            return False
        return self.value > self.limit + self.beside if self.most else self.value < self.limit

    @property
    def goal(self):
        if self.limit is None:
            return ""
        return f"{'<=' if self.most else '>='} {self.limit:g}{' + ( )' if self.beside else ''}"


def of_all(run):
    """The checks that every workload has."""
    for ns, points in SHARE_ERROR.items():
        worst = run.share_error(ns)
        if worst:
            yield Check(f"share error, {ns // SECOND} s", "points", worst.error, True, points, worst.unavoidable,
                        f"{worst.agent}, from second {worst.at:g} on")
    yield Check("idle while one waits", "%", run.idle(), True, IDLE)


def of_goal(goal, run, alone, stock):
    """The check of a goal in the workload's file.

    alone: the Run of the goal's agent without the others; stock: the Run by the scheduler of the
    kernel that headgate works upon, or None.
    """
    agent, beside, unit = goal.agent, 0, "%"
    if goal.metric == "utilisation":
        value = run.utilisation()
    elif goal.metric == "share":
        value = run.share(agent)
    elif goal.metric == "gain":
        value, unit = abs(run.gain(agent)), "points"
    elif goal.metric == "cap_error":
        value, unit = run.cap_error(agent), "points"
    elif goal.metric == "throughput":
        value, unit = 100 * run.had(agent, 0) / stock.had(agent, 0) if stock else None, "% of stock"
    elif goal.metric == "slowdown":
        # The job that has the engine when it comes cannot be interrupted.
        p99, unit = alone.latency_p99(agent), "times"
        value, beside = run.latency_p99(agent) / p99, run.residual(agent) / p99
    else:
        unit = "ms"
        value, beside = run.reaction(agent) / MS, run.longest(0, run.begin, run.end) / MS
    name = goal.metric.replace("_", " ") + (f" of {agent}" if agent else "")
    return Check(name, unit, value, goal.most, goal.value, beside)


def of_none(run):
    """What is told besides, and not judged."""
    if not any(goal.metric == "utilisation" for goal in run.workload.goals):
        yield Check("utilisation", "%", run.utilisation())
    jain = run.jain()
    if jain is not None:
        yield Check("Jain's index", "", jain)
    paths = sorted({load.agent for load in run.workload.loads})
    for path in paths if len(paths) <= FEW else ():
        yield Check(f"wait p99 of {path}", "ms", run.wait(path, 0.99) / MS)


# Agents whose waits are in the table one by one; the JSON files have them all.
FEW = 4


def checks(run, alone, stock):
    """All figures of a run, judged or not. alone: Runs by agent."""
    yield from of_all(run)
    for goal in run.workload.goals:
        yield of_goal(goal, run, alone.get(goal.agent), stock)
    yield from of_none(run)
