#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""trace_check.py FILE JOBS BUSY_NS: a trace, as another reader than ours takes it.

It must be JSON, have that many jobs of that engine time in all, name its tracks, and
have no two slices of one track that overlap.
"""
import decimal
import json
import sys


def constant(name):
    raise ValueError(f"{name} is no JSON")


def ns(number):
    return int(number * 1000)


def main():
    name, jobs, busy = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with open(name, encoding="utf-8") as file:
        trace = json.load(file, parse_float=decimal.Decimal, parse_constant=constant)
    assert list(trace)[0] == "traceEvents", "what comes before the events hides them from old readers"
    events = trace["traceEvents"]
    names = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name"}
    slices = [e for e in events if e["ph"] == "X"]
    work = [e["args"]["cost_ns"] for e in slices if e["cat"] == "job"]
    assert len(work) == jobs, f"{len(work)} jobs, not {jobs}"
    assert sum(work) == busy, f"{sum(work)} ns, not {busy}"
    if trace["otherData"]["complete"]:
        engine = sum(ns(e["dur"]) for e in slices if e["cat"] == "engine")
        assert engine == busy, f"{engine} ns on the engines, not {busy}"
    until = {}
    for event in sorted(slices, key=lambda e: (e["ts"], e["ts"] + e["dur"])):
        track = event["pid"], event["tid"]
        assert track in names, f"track {track} has no name"
        assert event["ts"] >= until.get(track, 0), f"{event} overlaps what is before it"
        until[track] = event["ts"] + event["dur"]


main()
