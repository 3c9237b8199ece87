# SPDX-License-Identifier: GPL-2.0-or-later
"""Traces made up, whose figures are known beforehand; for the tests of this folder."""
from trace import Job, Trace
from workload import MS, SECOND

# The guest's clock when the measurement begins.
BEGIN = 5 * SECOND
# How long a job of a deep queue has waited.
AGE = 100 * MS


def serve(until, picks, begin=BEGIN - SECOND, engine=0):
    """Jobs back to back, each (agent, ns) of the picks, up to that time."""
    jobs, now = [], begin
    while now < until:
        agent, ns = next(picks)
        jobs.append(Job(agent, engine, now - AGE, now - AGE // 2, now, now + ns))
        now += ns
    return jobs


def cycle(*picks):
    while True:
        yield from picks


def of(workload, jobs, marks=()):
    """A trace; marks: (s after its beginning, text)."""
    end = BEGIN + workload.seconds * SECOND
    marks = [(BEGIN - 2 * SECOND, f"measure {BEGIN} {end}"), *((BEGIN + int(s * SECOND), text) for s, text in marks)]
    return Trace(workload.name, list(jobs), [(when, text.split()) for when, text in marks],
                 agents=dict(enumerate(workload.agents, 10)), begin=BEGIN, end=end)


def text(traces, policy="1"):
    """What a guest would have said."""
    lines = ["bench kernel 6.12.0-made-up", f"bench sched_policy {policy}"]
    for trace in traces:
        cgroups = {path: number for number, path in trace.agents.items()}
        lines.append(f"bench workload {trace.workload}")
        lines += [f"bench agent {path} {number}" for path, number in cgroups.items()]
        lines.append(f"# entries-in-buffer/entries-written: {len(trace.jobs)}/{len(trace.jobs)}   #P:1")
        for when, words in trace.marks:
            lines.append(f" sh-1 [000] ..... {when // SECOND}.{when % SECOND // 1000:06}: tracing_mark_write: "
                         f"bench {' '.join(words)}")
        for job in trace.jobs:
            lines.append(f" <idle>-0 [000] d.h2. 1.000000: simgpu_job: cgroup={cgroups[job.agent]} "
                         f"engine={job.engine} stamp={job.called} submitted={job.submitted} "
                         f"started={job.started} ended={job.ended}")
        lines.append(f"bench end {trace.workload}")
    return "\n".join(lines) + "\n"
