# SPDX-License-Identifier: GPL-2.0-or-later
"""Columns: what schedules, on which kernel; and the guest in which a column is measured."""
import subprocess
from collections import namedtuple
from pathlib import Path

import plan
import trace

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
GUEST = Path(__file__).with_name("guest.sh")
# A guest that takes longer hangs. A column takes some minutes.
TIMEOUT_S = 3600

# gpu_sched.sched_policy of each; headgate leaves what the kernel has by default.
POLICIES = {"rr": "0", "fifo": "1", "fair": "2", "headgate": ""}


class Column(namedtuple("Column", "series scheduler")):
    __slots__ = ()

    def __str__(self):
        return f"{self.series}/{self.scheduler}"

    def lacks(self):
        """Why it cannot run here, or nothing."""
        if not (BUILD / "kernel" / self.series / "vmlinux").exists():
            return f"kernel {self.series} is not set up: scripts/kernel.sh {self.series}"
        wanted = ["simgpu.ko"] + ["headgate.ko"] * (self.scheduler == "headgate")
        for module in wanted:
            if not list((BUILD / "kmod" / self.series).rglob(module)):
                return f"{module} is not built for {self.series}: make SERIES={self.series} modules"
        return ""

    def guest(self, *arguments):
        """tests/vm/run: what it prints; its end with an error is an error."""
        done = subprocess.run([ROOT / "tests/vm/run", "--deterministic", "--kernel", self.series,
                               "--timeout", str(TIMEOUT_S), *arguments],
                              stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, errors="replace", check=False)
        return done.returncode, done.stdout

    def run(self, workloads, keep):
        """The traces of these workloads, by name, from one guest; its text is kept in a file."""
        script = [f"SCHEDULER={self.scheduler}\n", GUEST.read_text(), f"bench_start {POLICIES[self.scheduler]}\n"]
        for workload in workloads:
            script.append(plan.plan(workload))
            script += [plan.plan(workload.alone(path)) for path in workload.needed_alone()]
        status, text = self.guest("--cmd", "".join(script))
        keep.parent.mkdir(parents=True, exist_ok=True)
        keep.write_text(text)
        about, traces = trace.read(text.splitlines())
        if status:
            raise trace.Broken(f"{self}: the guest ended with status {status}; what it said is in {keep}")
        policy = POLICIES[self.scheduler]
        if policy and about.get("sched_policy") != policy:
            raise trace.Broken(f"{self}: gpu_sched has policy {about.get('sched_policy')}, not {policy}")
        return about, traces

    def cost(self):
        """Instructions that headgate adds to an uncontended submission, by its own test."""
        _, text = self.guest(str(ROOT / "tests/vm/measure/cost.test.sh"))
        for line in text.splitlines():
            words = line.split()
            if words[:2] == ["figure", "cost_governed_whole_path"]:
                return int(words[2])
        raise trace.Broken(f"{self}: tests/vm/measure/cost.test.sh gives no figure:\n{text}")


COLUMNS = [Column("6.12", "fifo"), Column("6.12", "rr"), Column("6.12", "headgate"),
           Column("7.3", "fifo"), Column("7.3", "rr"), Column("7.3", "fair"), Column("7.3", "headgate")]
