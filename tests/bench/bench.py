#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py: runs the workloads once per scheduler, and says how fair each of these is.

Exit status: 0 every goal is met with headgate; 1 one is missed; 2 something went wrong; 130 stopped.
"""
import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True  # the tree of sources is left alone

import columns
import goals
import report
import trace
import workload

HERE = Path(__file__).resolve().parent
OUT = columns.BUILD / "bench"


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/bench.py", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("workload", nargs="*", help="names of tests/bench/workloads; default all")
    parser.add_argument("--column", action="append", metavar="KERNEL/SCHEDULER",
                        help=f"one of {' '.join(map(str, columns.COLUMNS))}; may be given again; default all")
    parser.add_argument("--quick", action="store_true",
                        help="the quick workloads alone, first kernel, fifo and headgate")
    parser.add_argument("--runs", type=int, default=1, metavar="N", help="run all N times and show the spread")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), metavar="N",
                        help="guests at a time (default %(default)s)")
    parser.add_argument("--out", type=Path, metavar="FOLDER",
                        help="for what is written (build/bench, and build/bench/part for some of the workloads)")
    parser.add_argument("--replay", action="store_true", help="judge what was measured last, in no guest")
    given = parser.parse_args()
    if given.runs < 1 or given.jobs < 1:
        parser.error("--runs and --jobs want a number from 1")
    known = {str(column): column for column in columns.COLUMNS}
    for name in given.column or ():
        if name not in known:
            parser.error(f"there is no column '{name}'; there are {', '.join(known)}")
    given.columns = [column for name, column in known.items() if not given.column or name in given.column]
    if given.quick and not given.column:
        given.columns = [known["6.12/fifo"], known["6.12/headgate"]]
    given.part = bool(given.quick or given.workload)
    given.out = given.out or (OUT / "part" if given.part else OUT)
    return given


def say(text):
    print(text, flush=True)


def measure(column, workloads, run, given):
    if not given.replay:
        say(f"== {column}: run {run + 1}")
    return column.measure(workloads, given.out / "raw", run + 1, given.replay)


def measure_all(given, chosen, workloads):
    """results[run][column]: Measured; and costs[column], which a part of the workloads goes without."""
    raw = given.out / "raw"
    pool = ThreadPoolExecutor(given.jobs)
    try:
        costs = {} if given.part else {column: pool.submit(column.cost, raw, given.replay)
                                       for column in chosen if report.judged(column)}
        asked = [{column: pool.submit(measure, column, workloads, run, given) for column in chosen}
                 for run in range(given.runs)]
        results = [{column: one.result() for column, one in each.items()} for each in asked]
        return results, {column: one.result() for column, one in costs.items()}
    finally:
        pool.shutdown(cancel_futures=True)  # what has not begun need not, once one has failed


def not_here(column, given):
    """Why there will be nothing of this column, or nothing."""
    if not given.replay:
        return column.lacks()
    kept = [column.kept(given.out / "raw", run + 1) for run in range(given.runs)]
    return "" if all(one.exists() for one in kept) else f"not measured yet: there is no {kept[-1]}"


def main():
    given = arguments()
    try:
        workloads = [one for one in workload.read_all(HERE / "workloads", given.workload)
                     if one.quick or not given.quick]
    except workload.Mistake as mistake:
        print(f"bench.py: {mistake}", file=sys.stderr)
        return 2
    if not workloads:
        print(f"bench.py: none of {', '.join(given.workload)} is a quick workload", file=sys.stderr)
        return 2
    skipped = {column: why for column, why in ((one, not_here(one, given)) for one in given.columns) if why}
    chosen = [column for column in given.columns if column not in skipped]
    for column, why in skipped.items():
        say(f"skip {column}: {why}")
    if not chosen:
        print("bench.py: no column is left", file=sys.stderr)
        return 2
    try:
        given.out.mkdir(parents=True, exist_ok=True)
        results, costs = measure_all(given, chosen, workloads)
        rows = report.rows(workloads, chosen, results, costs)
        report.write(given.out, workloads, chosen, skipped, results, rows)
    except (trace.Broken, OSError) as broken:
        print(f"bench.py: {broken}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench.py: stopped; what was measured before is as it was", file=sys.stderr)
        return 130
    say(report.text(rows, chosen))
    missed = report.verdicts(rows, chosen, skipped, say)
    say(f"tables and plots are in {given.out}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
