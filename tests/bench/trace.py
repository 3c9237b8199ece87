# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest told of a run: the device's own record of each job, and the marks between them.

Times are ns of the guest's monotonic clock. A job was called for when its client asked, came to
the driver when it was submitted (after the gate, if there is one), and had its engine from
started to ended.
"""
import json
import re
from bisect import bisect_right
from collections import namedtuple
from dataclasses import dataclass, field
from itertools import accumulate

Job = namedtuple("Job", "agent engine called submitted started ended")

JOB = re.compile(r"simgpu_job: cgroup=(\d+) engine=(\d+) stamp=(\d+) submitted=(\d+) started=(\d+) ended=(\d+)")
MARK = re.compile(r" (\d+)\.(\d{6}): tracing_mark_write: bench (.*)")
ENTRIES = re.compile(r"# entries-in-buffer/entries-written: (\d+)/(\d+)")


class Broken(Exception):
    """The guest's text is not what a run gives."""


@dataclass
class Trace:
    """One workload, run once."""
    workload: str
    jobs: list = field(default_factory=list)
    marks: list = field(default_factory=list)  # (ns, words)
    lanes: dict = field(default_factory=dict)  # "from" and "to": headgate's lanes, or nothing
    agents: dict = field(default_factory=dict)  # by cgroup id
    begin: int = None  # of the measurement
    end: int = None

    def anticipated(self, engine):
        """Time for which headgate left the engine idle on purpose, as it says itself; ns."""
        def total(when):
            return sum(lane.get("anticipated_ns", 0) for lane in self.lanes.get(when, ())
                       if lane["name"] == f"simgpu-e{engine}")
        return total("to") - total("from")


class Service:
    """Engine time of some jobs of one engine, by time."""

    def __init__(self, jobs):
        jobs = sorted(jobs, key=lambda job: job.started)
        self.starts = [job.started for job in jobs]
        self.ends = [job.ended for job in jobs]
        self.sums = [0, *accumulate(job.ended - job.started for job in jobs)]

    def until(self, when):
        """Up to that time, in ns."""
        n = bisect_right(self.starts, when)
        return self.sums[n] - max(0, self.ends[n - 1] - when) if n else 0

    def between(self, begin, end):
        return self.until(end) - self.until(begin)


def read_job(trace, fields):
    cgroup, engine, called, submitted, started, ended = map(int, fields)
    if cgroup not in trace.agents:
        raise Broken(f"{trace.workload}: a job of cgroup {cgroup}, which is no agent")
    if not 0 < called <= submitted <= started <= ended:
        raise Broken(f"{trace.workload}: the times of a job go backwards: {fields}")
    trace.jobs.append(Job(trace.agents[cgroup], engine, called, submitted, started, ended))


def finish(trace):
    spans = [words[1:] for _, words in trace.marks if words[0] == "measure"]
    if len(spans) != 1:
        raise Broken(f"{trace.workload}: there should be one mark of the measurement, and there are {len(spans)}")
    if not trace.jobs:
        raise Broken(f"{trace.workload}: no job ran")
    trace.begin, trace.end = map(int, spans[0])
    return trace


def read(lines):
    """The kernel, its sched_policy, and the traces by the name of their workload."""
    about, traces, trace = {}, {}, None
    for line in lines:
        job = JOB.search(line)
        mark = MARK.search(line)
        if job:
            read_job(trace, job.groups())
        elif mark:
            trace.marks.append((int(mark[1]) * 10**9 + int(mark[2]) * 1000, mark[3].split()))
        elif line.startswith("# entries-in-buffer"):
            have, written = ENTRIES.match(line).groups()
            if have != written:
                raise Broken(f"{trace.workload}: the trace holds {have} of {written} entries; "
                             "raise TRACE_KB in guest.sh")
        elif line.startswith("bench "):
            _, what, *rest = line.split(None, 3)
            if what == "error":
                raise Broken(f"the guest said: {' '.join(rest)}".strip())
            if what in ("kernel", "sched_policy"):
                about[what] = rest[0].strip()
            elif what == "workload":
                trace = Trace(rest[0].strip())
            elif what == "agent":
                trace.agents[int(rest[1])] = rest[0]
            elif what == "lanes":
                trace.lanes[rest[0]] = json.loads(rest[1])["lanes"]
            elif what == "end":
                traces[trace.workload] = finish(trace)
    return about, traces
