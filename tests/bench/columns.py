# SPDX-License-Identifier: GPL-2.0-or-later
"""Columns: what schedules, on which kernel; and the guest in which a column is measured."""
import subprocess
from collections import namedtuple
from pathlib import Path

import goals
import plan
import trace
from metrics import Run

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
GUEST = Path(__file__).with_name("guest.sh")
# A guest that takes longer hangs. A column takes some minutes.
TIMEOUT_S = 3600

# gpu_sched.sched_policy of each; headgate leaves what the kernel has by default.
POLICIES = {"rr": "0", "fifo": "1", "fair": "2", "headgate": ""}
# How gpu_sched itself calls them: it takes any number, and round-robin for what it does not know.
NAMES = {"rr": "0 = Round Robin", "fifo": "1 = FIFO", "fair": "2 = Fair", "headgate": ""}


# kernel: its release; policy: the number of gpu_sched's; runs: by the name of the workload.
Measured = namedtuple("Measured", "kernel policy runs")


class Column(namedtuple("Column", "series scheduler")):
    __slots__ = ()

    def __str__(self):
        return f"{self.series}/{self.scheduler}"

    def lacks(self):
        """Why it cannot run here, or nothing."""
        if not (BUILD / "kernel" / self.series / "vmlinux").exists():
            return f"kernel {self.series} is not set up: scripts/kernel.sh {self.series}"
        if NAMES[self.scheduler] not in self.policies():
            return f"gpu_sched of kernel {self.series} knows no policy '{NAMES[self.scheduler]}'"
        wanted = ["simgpu.ko"] + ["headgate.ko"] * (self.scheduler == "headgate")
        for module in wanted:
            if not list((BUILD / "kmod" / self.series).rglob(module)):
                return f"{module} is not built for {self.series}: make SERIES={self.series} modules"
        return ""

    def policies(self):
        """What gpu_sched says of its parameter."""
        folder = (BUILD / "kernel" / self.series / "modules").resolve()
        return "".join(subprocess.run(["/sbin/modinfo", "-F", "parm", module], capture_output=True, text=True,
                                      check=True).stdout for module in folder.rglob("gpu-sched.ko*"))

    def guest(self, *arguments):
        """tests/vm/run: what it prints; its end with an error is an error."""
        done = subprocess.run([ROOT / "tests/vm/run", "--deterministic", "--kernel", self.series,
                               "--timeout", str(TIMEOUT_S), *arguments],
                              stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, errors="replace",
                              check=False)
        return done.returncode, done.stdout

    def kept(self, raw, name):
        """Where what a guest has said is kept."""
        return raw / f"{self.series}-{self.scheduler}.{name}.txt"

    def text(self, raw, name, *arguments):
        """The text of a guest of this column, kept in the folder raw; without arguments the one kept."""
        kept = self.kept(raw, name)
        if not arguments:
            return kept.read_text()
        status, text = self.guest(*arguments)
        failed = kept.with_suffix(".failed")
        failed.parent.mkdir(parents=True, exist_ok=True)
        failed.write_text(text)
        if status and "bench error" not in text:
            raise trace.Broken(f"{self}: the guest ended with status {status}; what it said is in {failed}")
        failed.replace(kept)
        return text

    def script(self, workloads):
        """What the guest is to do."""
        parts = [f"SCHEDULER={self.scheduler}\n", GUEST.read_text(), f"bench_start {POLICIES[self.scheduler]}\n"]
        return "".join(parts + [plan.plan(one) for one in with_alone(workloads)])

    def measure(self, workloads, raw, name, replay):
        """All of these workloads in one guest: a Measured."""
        about, traces = trace.read(
            self.text(raw, name, *([] if replay else ["--cmd", self.script(workloads)])).splitlines())
        policy = about.get("sched_policy", "unknown")
        if policy != (POLICIES[self.scheduler] or policy):
            raise trace.Broken(f"{self}: gpu_sched has policy {policy}, not {POLICIES[self.scheduler]}")
        wanted = with_alone(workloads)
        for one in wanted:
            if one.name not in traces:
                raise trace.Broken(f"{self}: the last run had no {one.name}" if replay else
                                   f"{self}: the guest ended before {one.name}")
        return Measured(about.get("kernel"), policy, {one.name: Run(one, traces[one.name]) for one in wanted})

    def cost(self, raw, replay):
        """What headgate takes, in instructions, by its own tests: {name: figure}."""
        tests = [str(ROOT / f"tests/vm/measure/{test}.test.sh") for test in ("cost", "pick")]
        text = self.text(raw, "cost", *([] if replay else tests))
        lines = [line.split() for line in text.splitlines() if line.startswith("figure ")]
        figures = {words[1]: int(words[2]) for words in lines if words[3:] == ["instructions"]}
        for name in goals.COSTS:
            if name not in figures:
                raise trace.Broken(f"{self}: {' and '.join(tests)} give no {name}:\n{text}")
        return figures


def with_alone(workloads):
    """Each, and after it what is wanted of it for comparison."""
    return [one for each in workloads for one in (each, *(each.alone(path) for path in each.needed_alone()))]


COLUMNS = [Column("6.12", "fifo"), Column("6.12", "rr"), Column("6.12", "headgate"),
           Column("7.3", "fifo"), Column("7.3", "rr"), Column("7.3", "fair"), Column("7.3", "headgate")]
