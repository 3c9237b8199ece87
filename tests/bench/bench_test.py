# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py's verdict on traces made up: a goal that is missed shows, and ends it with status 1."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import columns
import doc
import report
import synthetic
import workload
from goals import Check
from synthetic import AGE, BEGIN, cycle, serve
from trace import Job
from workload import MS, SECOND

HERE = Path(__file__).resolve().parent
END = BEGIN + 13 * SECOND


def named(name):
    return workload.read_all(HERE / "workloads", [name])[0]


class Verdict(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = Path(folder.name)

    def put(self, column, run, *traces, policy="1"):
        (self.out / "raw").mkdir(exist_ok=True)
        (self.out / "raw" / f"{column.replace('/', '-')}.{run}.txt").write_text(synthetic.text(traces, policy))

    def bench(self, *arguments):
        done = subprocess.run([sys.executable, HERE / "bench.py", "--replay", "--out", self.out, *arguments],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def deep(self, a, b):
        """deep-two, whose weights are 1 : 3, with jobs of so many ms."""
        return synthetic.of(named("deep-two"), serve(END, cycle(("a", int(a * MS)), ("b", int(b * MS)))))

    def test_goals_that_are_met__end_with_0(self):
        self.put("6.12/headgate", 1, self.deep(2, 6))
        status, said = self.bench("--column", "6.12/headgate", "deep-two")
        self.assertEqual(status, 0, said)
        self.assertIn("bench: 3 passed, 0 failed", said)
        self.assertNotIn("missed", said)

    def test_a_share_that_is_wrong__is_missed(self):
        self.put("6.12/headgate", 1, self.deep(2, 4))
        status, said = self.bench("--column", "6.12/headgate", "deep-two")
        self.assertEqual(status, 1, said)
        self.assertRegex(said, r"not ok deep-two: share error, 10 s with 6.12/headgate: 8.3\d points, "
                               r"want <= 0.5 \+ 0.0")
        self.assertRegex((self.out / "table.md").read_text(), r"8\.3\d \(0\.04\) \*\*missed\*\*")

    def test_a_stock_scheduler__is_measured_and_not_judged(self):
        self.put("6.12/fifo", 1, self.deep(2, 2))
        status, said = self.bench("--column", "6.12/fifo", "deep-two")
        self.assertEqual(status, 0, said)
        self.assertIn("25.0", said)
        figures = json.loads((self.out / "deep-two.json").read_text())["columns"]["6.12/fifo"]["figures"]
        self.assertAlmostEqual(figures["share error, 10 s"][0]["value"], 25, 0)

    def test_two_runs_that_differ__are_told(self):
        self.put("6.12/headgate", 1, self.deep(2, 6))
        self.put("6.12/headgate", 2, self.deep(2, 6.05))
        status, said = self.bench("--runs", "2", "--column", "6.12/headgate", "deep-two")
        self.assertEqual(status, 1, said)
        self.assertRegex(said, "not ok deep-two: share error, 10 s: two runs are 0.1.* apart")
        self.assertRegex((self.out / "table.md").read_text(), r"\| 0\.1\d\d \*\*missed\*\* +\|")
        self.put("6.12/headgate", 2, self.deep(2, 6))
        self.assertEqual(self.bench("--runs", "2", "--column", "6.12/headgate", "deep-two")[0], 0)

    def short(self, wait_ms):
        """hog-light, its short jobs waiting so long."""
        one = named("hog-light")
        short = [Job("short", 0, t, t, t + int(wait_ms * MS), t + int((wait_ms + 0.5) * MS))
                 for t in range(BEGIN, END, 20 * MS)]
        hog = [Job("hog", 0, job.ended - AGE, job.ended - AGE, job.ended, job.ended + 8 * MS) for job in short]
        alone = [job._replace(started=job.called, ended=job.called + MS // 2) for job in short]
        return synthetic.of(one, hog + short), synthetic.of(one.alone("short"), alone)

    def test_an_interactive_agent__may_wait_for_one_job_and_no_longer(self):
        for wait, want in ((8, 0), (9, 1)):
            self.put("6.12/headgate", 1, *self.short(wait))
            status, said = self.bench("--column", "6.12/headgate", "hog-light")
            slow = [line for line in said.splitlines() if "slowdown" in line and line.startswith("not ok")]
            self.assertEqual(len(slow), want, said)
            self.assertGreaterEqual(status, want)

    def test_throughput__is_compared_with_the_scheduler_below(self):
        one = named("alone-short")
        jobs = serve(BEGIN + (one.seconds + 1) * SECOND, cycle(("a", 50000)))
        for gap, status in ((0, 0), (1, 1)):
            self.put("6.12/fifo", 1, synthetic.of(one, jobs))
            slower = [job for i, job in enumerate(jobs) if not gap or i % 50]
            self.put("6.12/headgate", 1, synthetic.of(one, slower))
            got, said = self.bench("--column", "6.12/fifo", "--column", "6.12/headgate", "alone-short")
            self.assertEqual("not ok alone-short: throughput of a" in said, bool(status), said)
            self.assertEqual(got, status, said)

    def test_a_guest_that_failed__ends_with_2(self):
        self.put("6.12/rr", 1, self.deep(2, 6))
        status, said = self.bench("--column", "6.12/rr", "deep-two")
        self.assertEqual(status, 2, said)
        self.assertIn("gpu_sched has policy 1, not 0", said)
        self.assertEqual(self.bench("--column", "6.12/fifo", "deep-two")[0], 2)
        status, said = self.bench("--column", "6.12/rr", "deeptwo")
        self.assertEqual(status, 2, said)
        self.assertIn("there is no workload 'deeptwo'", said)
        self.put("6.12/headgate", 1, self.deep(2, 6))
        status, said = self.bench("--column", "6.12/headgate", "deep-two", "hog-light")
        self.assertEqual(status, 2, said)
        self.assertIn("the last run had no hog-light", said)

    def test_plots_and_their_data__are_written(self):
        self.put("6.12/headgate", 1, self.deep(2, 6))
        self.bench("--column", "6.12/headgate", "deep-two")
        for kind in ("share", "wait"):
            lines = json.loads((self.out / f"deep-two-{kind}.json").read_text())["6.12/headgate"]
            self.assertEqual(list(lines), ["a", "b"])
            self.assertEqual((self.out / f"deep-two-{kind}.svg").read_text().count("<polyline"), 2)
        self.assertTrue(all(24 < share < 26 for _, share in lines_of(self.out, "share")["a"]))


def lines_of(out, kind):
    return json.loads((out / f"deep-two-{kind}.json").read_text())["6.12/headgate"]


class Parts(unittest.TestCase):
    def test_what_is_unavoidable__is_no_spread(self):
        row = report.Row("w", "f", "points", {"c": [Check("f", "points", 1.5, True, 1, 1.25),
                                                    Check("f", "points", 2.5, True, 1, 2.0)]})
        self.assertEqual((row.spread(), row.apart()), (0.25, True))

    def test_a_column__is_skipped_with_the_reason(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(columns, "BUILD", Path(folder)), \
                mock.patch.object(columns.Column, "policies", lambda _: "0 = Round Robin, 1 = FIFO (default)"):
            self.assertIn("not set up", columns.Column("6.12", "rr").lacks())
            for made in ("kernel/6.12/vmlinux", "kmod/6.12/kmod/simgpu.ko"):
                (Path(folder) / made).parent.mkdir(parents=True)
                (Path(folder) / made).touch()
            self.assertEqual(columns.Column("6.12", "rr").lacks(), "")
            self.assertIn("knows no policy '2 = Fair'", columns.Column("6.12", "fair").lacks())
            self.assertIn("headgate.ko is not built", columns.Column("6.12", "headgate").lacks())


class Doc(unittest.TestCase):
    PAGE = f"before\n\n{doc.BEGIN}\n\nold\n\n{doc.END}\n\nafter\n"

    def test_the_table__takes_the_place_of_the_old_one(self):
        self.assertEqual(doc.filled(self.PAGE, "new"), self.PAGE.replace("old", "new"))

    def test_a_page_without_its_markers__is_refused(self):
        for marker in (doc.BEGIN, doc.END):
            with self.assertRaises(ValueError):
                doc.filled(self.PAGE.replace(marker, ""), "new")


if __name__ == "__main__":
    unittest.main()
