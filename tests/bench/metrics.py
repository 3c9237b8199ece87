# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of a run, from the trace of the device alone; the same for every scheduler.

Shares are in points of a window's length, times in ns. A share error is how far an agent that
always had work is from what it was due (fair.py). One job more or less at an edge of the window
cannot be avoided without preemption: the longest job in it, in points, goes along as unavoidable.
"""
from collections import defaultdict, namedtuple
from math import ceil, inf

import fair
from trace import Service
from workload import MS, SECOND

# How much later the next window of so many ns begins.
STEPS = {SECOND: SECOND // 4, 10 * SECOND: SECOND // 2}
# An agent with a deep queue that has nothing outstanding for more of a window than this is no
# longer one that always has work: its client cannot keep up.
SLACK = 0.001

Error = namedtuple("Error", "error unavoidable agent at")


def merged(spans):
    """The union of (begin, end), in order."""
    union = []
    for begin, end in sorted(spans):
        if union and begin <= union[-1][1]:
            union[-1][1] = max(union[-1][1], end)
        else:
            union.append([begin, end])
    return union


def overlap(spans, begin, end):
    """How much of [begin, end) these spans cover, which do not overlap each other."""
    return sum(max(0, min(e, end) - max(b, begin)) for b, e in spans)


def quantile(values, q):
    """The least of the values that q of them do not exceed; 0 of none."""
    values = sorted(values)
    return values[max(1, ceil(q * len(values))) - 1] if values else 0


class Run:
    """A workload and its trace."""

    def __init__(self, workload, trace):
        self.workload = workload
        self.trace = trace
        self.begin, self.end = trace.begin, trace.end
        self.of = defaultdict(list)  # jobs by (agent, engine)
        self.on = defaultdict(list)  # jobs by engine
        for job in sorted(trace.jobs, key=lambda job: job.started):
            self.of[job.agent, job.engine].append(job)
            self.on[job.engine].append(job)
        self.service = {key: Service(jobs) for key, jobs in self.of.items()}
        self.total = {engine: Service(jobs) for engine, jobs in self.on.items()}
        self.wanting = self.spans_of(lambda load: load.deep)
        self.taking = self.spans_of(lambda load: load.greedy)
        self.outstanding = {key: merged((job.called, job.ended) for job in jobs)
                            for key, jobs in self.of.items()}
        self.weights_at = [(0, {path: agent.weight for path, agent in workload.agents.items()})]
        for when, words in trace.marks:
            if words[0] == "weight":
                self.weights_at.append((when, {**self.weights_at[-1][1], words[1]: int(words[2])}))

    def engines(self):
        return sorted(self.on)

    # --- who always had work

    def spans_of(self, kind):
        """When each (agent, engine) had a load of a kind: from its first call to its end."""
        spans = defaultdict(list)
        for load in self.workload.loads:
            key = (load.agent, load.options.get("engine", 0))
            start = -inf if load.start is None else self.begin + load.start - MS
            called = [job.called for job in self.of.get(key, ()) if job.called >= start]
            if kind(load) and called:
                spans[key].append((min(called), inf if load.end is None else self.begin + load.end))
        return {key: merged(each) for key, each in spans.items()}

    def backlogged(self, key, begin, end):
        """Whether it always had work in that window."""
        spans = self.wanting.get(key, ())
        covered = any(b <= begin and end <= e for b, e in spans)
        return covered and overlap(self.outstanding[key], begin, end) >= (1 - SLACK) * (end - begin)

    # --- what was due

    def cuts(self, always, engine, begin, end):
        """The times in a window at which one that always wants comes or goes, or a weight changes."""
        times = {when for when, _ in self.weights_at}
        for (_, on), spans in always.items():
            if on == engine:
                times.update(when for span in spans for when in span)
        return [begin, *sorted(t for t in times if begin < t < end), end]

    def weights(self, when):
        return [weights for since, weights in self.weights_at if since <= when][-1]

    def due(self, engine, begin, end, greedy=False):
        """ns that each agent was due of an engine in a window; by path.

        greedy: loads that wait for their jobs, but want the next at once, count as always
        having work too.
        """
        due = dict.fromkeys(self.workload.agents, 0)
        always = self.taking if greedy else self.wanting
        cuts = self.cuts(always, engine, begin, end)
        for b, e in zip(cuts, cuts[1:]):
            demand = {}
            for (agent, on), service in self.service.items():
                if on != engine:
                    continue
                wants = any(s <= b and e <= t for s, t in always.get((agent, on), ()))
                demand[agent] = inf if wants else service.between(b, e)
            given = self.total[engine].between(b, e)
            for path, part in fair.dues(self.workload.agents, self.weights(b), demand, given, e - b).items():
                due[path] += part
        return due

    def longest(self, engine, begin, end):
        return max((job.ended - job.started for job in self.on[engine]
                    if job.started < end and job.ended > begin), default=0)

    # --- figures

    def windows(self, length):
        """Those of that length in which no weight changes: how soon that shows has a figure of its own."""
        begin = self.begin
        while begin + length <= self.end:
            if not any(begin - SECOND < when < begin + length for when, _ in self.weights_at[1:]):
                yield begin, begin + length
            begin += STEPS[length]

    def share_error(self, length):
        """The worst Error of an agent that always had work, over all windows and engines; or None."""
        worst = None
        for engine in self.engines():
            for begin, end in self.windows(length):
                keys = [key for key in self.wanting if key[1] == engine and self.backlogged(key, begin, end)]
                due = self.due(engine, begin, end) if keys else {}
                unavoidable = 100 * self.longest(engine, begin, end) / length
                for key in keys:
                    error = 100 * abs(self.service[key].between(begin, end) - due[key[0]]) / length
                    if not worst or error - unavoidable > worst.error - worst.unavoidable:
                        worst = Error(error, unavoidable, key[0], (begin - self.begin) / SECOND)
        return worst

    def had(self, agent, engine):
        key = agent, engine
        return self.service[key].between(self.begin, self.end) if key in self.service else 0

    def share(self, agent, engine=0):
        """Percent of the time used of the engine."""
        used = self.total[engine].between(self.begin, self.end)
        return 100 * self.had(agent, engine) / used if used else 0

    def gain(self, agent, engine=0):
        """Points of its share beyond what it is due, if all that want more count as having work."""
        used = self.total[engine].between(self.begin, self.end)
        due = self.due(engine, self.begin, self.end, greedy=True)[agent]
        return 100 * (self.had(agent, engine) - due) / used if used else 0

    def cap_error(self, agent):
        """Points off its cap, the engines summed, in the worst second."""
        cap = 100 * self.workload.agents[agent].cap
        keys = [key for key in self.service if key[0] == agent]
        errors = [abs(sum(100 * self.service[key].between(begin, end) for key in keys) / (end - begin) - cap)
                  for begin, end in self.windows(SECOND)]
        return max(errors)

    def utilisation(self, engine=0):
        """Percent of the time that the engine was busy."""
        if engine not in self.total:
            return 0
        return 100 * self.total[engine].between(self.begin, self.end) / (self.end - self.begin)

    def capped(self, path):
        agents = self.workload.agents
        while path:
            if agents[path].cap is not None:
                return True
            path = agents[path].parent
        return False

    def idle(self):
        """Percent of the time, of the worst engine, that it was idle while somebody waited to submit
        to it; caps and what headgate says it left idle on purpose aside."""
        worst = 0
        for engine in self.engines():
            waiting = merged((job.called, job.submitted) for job in self.on[engine] if not self.capped(job.agent))
            busy = merged((job.started, job.ended) for job in self.on[engine])
            gaps = [(a[1], b[0]) for a, b in zip(busy, busy[1:]) if b[0] > self.begin and a[1] < self.end]
            idle, first = 0, 0
            for begin, end in gaps:
                begin, end = max(begin, self.begin), min(end, self.end)
                while first < len(waiting) and waiting[first][1] <= begin:
                    first += 1
                near = first
                while near < len(waiting) and waiting[near][0] < end:
                    idle += max(0, min(waiting[near][1], end) - max(waiting[near][0], begin))
                    near += 1
            idle = max(0, idle - self.trace.anticipated(engine))
            worst = max(worst, 100 * idle / (self.end - self.begin))
        return worst

    def called_within(self, agent):
        return [job for (path, _), jobs in self.of.items() if path == agent for job in jobs
                if self.begin <= job.called < self.end]

    def waits(self, agent):
        """ns from the call to the engine, of each job called for in the measurement."""
        return [job.started - job.called for job in self.called_within(agent)]

    def wait(self, agent, q):
        """That of q of the jobs is no longer, in ns."""
        return quantile(self.waits(agent), q)

    def latency_p99(self, agent):
        """ns from the call to the end of the job, of 99 in 100."""
        return quantile([job.ended - job.called for job in self.called_within(agent)], 0.99)

    def residual(self, agent):
        """The longest job of the others, in ns: what may be running already."""
        return max((job.ended - job.started for job in self.trace.jobs if job.agent != agent), default=0)

    def jain(self):
        """Jain's index of what greedy agents had by what they were due; the worst engine's."""
        worst = None
        for engine in self.engines():
            due = self.due(engine, self.begin, self.end, greedy=True)
            paths = {path for path, on in self.taking if on == engine}
            parts = [self.had(path, engine) / due[path] for path in paths if due[path] > 0]
            squares = sum(part * part for part in parts)
            if len(parts) > 1 and squares:
                index = sum(parts) ** 2 / (len(parts) * squares)
                worst = index if worst is None else min(worst, index)
        return worst

    def reaction(self, agent, engine=0):
        """ns after its weight was changed for the last time until its service follows the new one.

        That is the time from which on its lag, service less what is due, stays in the band that it
        keeps to in the second half of what follows, and half a longest job around it. A lag that is
        off by more than two of the longest jobs of each agent even then follows nothing.
        """
        changed, weights = self.weights_at[-1]
        if len(self.weights_at) == 1:
            return None
        total, service = self.total[engine], self.service[agent, engine]
        share = fair.dues(self.workload.agents, weights, {load.agent: inf for load in self.workload.loads}, 1, 1)[agent]
        times = sorted({t for job in self.on[engine] for t in (job.started, job.ended) if changed <= t <= self.end})
        lags = [service.until(t) - share * total.until(t) for t in times]
        half = [lag for t, lag in zip(times, lags) if t >= (changed + self.end) / 2]
        longest = self.longest(engine, changed, self.end)
        if max(half) - min(half) > 2 * longest * len(weights):
            return self.end - changed
        low, high = min(half) - longest / 2, max(half) + longest / 2
        off = [t for t, lag in zip(times, lags) if not low <= lag <= high]
        after = [t for t in times if not off or t > off[-1]]
        return after[0] - changed if after else self.end - changed
