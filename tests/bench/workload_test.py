# SPDX-License-Identifier: GPL-2.0-or-later
"""The format of workload files, and the plan that the guest gets."""
import unittest
from pathlib import Path

import plan
import workload

GOOD = """title t   # a comment
seconds 12
engines 2
agents a 3 from 10 to 99 seed 4
agent x weight 300 class interactive max 25%
agent x/y
load a* duration 1.5ms depth 4
load x/y duration 50us pareto 1.5 longest 2ms engine 1 from 2s until 4500ms
at 6s weight x 50
goal share x/y >= 48.5
goal utilisation <= 92
"""
WRONG = (  # the line that replaces "seconds 12", and what is said of it
    ("second 12", "there is no statement 'second'"),
    ("seconds", "too few or too many words"),
    ("seconds ten", "a whole number from 1 to 3600"),
    ("agent A", "a path such as a or a/b"),
    ("agent n/m", "there is no agent 'n'"),
    ("agent b weight", "'weight' lacks its value"),
    ("agent b weight 1 weight 2", "'weight' is given twice"),
    ("agent b weight 0", "from 1 to 10000"),
    ("agent b nice 10", "not 'nice 10'"),
    ("agents b 4 from 9 to 1 seed 1", "from 9 to 10000"),
    ("agents b 4 seed 1", "from LOW to HIGH seed N"),
    ("load n duration 1ms", "there is no agent 'n'"),
    ("load n* duration 1ms", "no agent matches 'n*'"),
    ("load a1 depth 1", "a load needs a duration"),
    ("load a1 duration 1", "a time such as 2ms"),
    ("load a1 duration 1ms deep 3", "a load has no 'deep'"),
    ("load a1 duration 1ms engine 2", "there is no engine 2"),
    ("load a1 duration 1ms pareto 1.5", "pareto needs"),
    ("load a1 duration 1ms from 12s", "within the seconds"),
    ("load a1 duration 1ms from 3s until 2s", "a load ends after it begins"),
    ("at 13s weight a1 50", "within the seconds"),
    ("at 6s weight n 50", "there is no agent 'n'"),
    ("at 6s slice a1 50", "at TIME weight PATH N"),
    ("goal speed a1 <= 3", "there is no metric 'speed'"),
    ("goal share a1 = 3", "goal METRIC [PATH]"),
    ("goal share a1 <= few", "a number is expected"),
)


class Format(unittest.TestCase):
    def test_a_good_file__is_understood(self):
        one = workload.parse("w", GOOD)
        self.assertEqual((one.name, one.title, one.seconds, one.engines), ("w", "t", 12, 2))
        self.assertEqual(list(one.agents), ["a1", "a2", "a3", "x", "x/y"])
        self.assertTrue(all(10 <= one.agents[path].weight <= 99 for path in ("a1", "a2", "a3")))
        self.assertEqual(one.agents["x"], workload.Agent("x", 300, True, 0.25))
        self.assertEqual([load.agent for load in one.loads], ["a1", "a2", "a3", "x/y"])
        self.assertEqual(one.loads[0].options["duration"], 1_500_000)
        self.assertEqual((one.loads[3].start, one.loads[3].end), (2 * workload.SECOND, workload.SECOND * 9 // 2))
        self.assertEqual(one.changes, [(6 * workload.SECOND, "x", 50)])
        self.assertEqual(one.goals, [workload.Goal("share", "x/y", False, 48.5),
                                     workload.Goal("utilisation", "", True, 92)])

    def test_random_weights__are_the_same_each_time(self):
        weights = [[agent.weight for agent in workload.parse("w", GOOD).agents.values()] for _ in range(2)]
        self.assertEqual(*weights)

    def test_a_wrong_line__is_told_with_its_place(self):
        for line, says in WRONG:
            # After what it may refer to.
            text = GOOD + line + "\n"
            with self.subTest(line), self.assertRaises(workload.Mistake) as caught:
                workload.parse("w", text, "w.bench")
            self.assertIn("w.bench:12: ", str(caught.exception))
            self.assertIn(says, str(caught.exception))

    def test_a_statement_that_lacks__is_told(self):
        lines = ["title t", "seconds 12", "agent a", "load a duration 1ms"]
        for line in lines[:2] + lines[3:]:
            lacking = f"w:3: there is no '{line.split()[0]}' statement"
            with self.subTest(line), self.assertRaisesRegex(workload.Mistake, lacking):
                workload.parse("w", "\n".join(other for other in lines if other != line))

    def test_all_files__are_understood_and_judge_something(self):
        for one in workload.read_all(Path(__file__).with_name("workloads")):
            self.assertTrue(one.goals or any(load.deep for load in one.loads), one.name)

    def test_a_name_that_is_not_there__is_told(self):
        with self.assertRaisesRegex(workload.Mistake, "there is no workload 'x'"):
            workload.read_all(Path(__file__).with_name("workloads"), ["x"])


def calls(kind):
    """The words of the plan's calls of a kind."""
    return [line.split() for line in plan.plan(workload.parse("w", GOOD)).splitlines() if line.startswith(kind)]


class Plan(unittest.TestCase):
    def test_events__come_in_the_order_of_their_times(self):
        lines = calls("bench")
        self.assertEqual([line[0] for line in lines], [
            "bench_begin", *["bench_agent"] * 5, "bench_policy", "bench_origin", *["bench_load"] * 4,
            *["bench_until", "bench_lanes", "bench_until", "bench_weight", "bench_until", "bench_lanes", "bench_end"]])
        waits = [int(line[1]) // workload.MS for line in lines if line[0] == "bench_until"]
        self.assertEqual(waits, [1000, 7000, 13000])

    def test_loads__come_and_go_when_they_should(self):
        lines = calls("bench_load")
        self.assertEqual([(line[2], int(line[3]) // workload.MS, float(line[4])) for line in lines],
                         [("a1", 0, 13.2), ("a2", 0, 13.1995), ("a3", 1, 13.199), ("x/y", 3000, 2.5)])
        seeds = [line[line.index("--seed") + 1] for line in lines]
        self.assertEqual(len(set(seeds)), 4)

    def test_the_policy__is_that_of_the_agents(self):
        self.assertIn("[agent /x]\nweight = 300\nclass = interactive\nmax = 25%\n[agent /x/y]",
                      plan.plan(workload.parse("w", GOOD)))

    def test_alone__there_are_no_other_loads(self):
        one = workload.parse("w", GOOD).alone("a2")
        self.assertEqual(([load.agent for load in one.loads], one.goals), (["a2"], []))


if __name__ == "__main__":
    unittest.main()
