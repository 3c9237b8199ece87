# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of traces made up, known beforehand."""
import unittest
from math import inf

import fair
import metrics
import synthetic
import trace
import workload
from synthetic import BEGIN, cycle, serve
from workload import MS, SECOND

HEAD = "title t\nseconds 12\n"
TWO = HEAD + "agent a\nagent b\nload a duration 4ms depth 8\nload b duration 4ms depth 8\n"


def run(text, jobs, marks=(), lanes=None):
    one = workload.parse("made-up", text)
    made = synthetic.of(one, jobs, marks)
    made.lanes = lanes or {}
    return metrics.Run(one, made)


def until(seconds):
    return BEGIN + int(seconds * SECOND)


class Shares(unittest.TestCase):
    def test_exact_shares__are_no_error(self):
        one = run(TWO, serve(until(13), cycle(("a", 4 * MS), ("b", 4 * MS))))
        self.assertLess(one.share_error(10 * SECOND).error, 0.05)
        self.assertAlmostEqual(one.share_error(10 * SECOND).unavoidable, 0.04)
        self.assertLess(one.share_error(SECOND).error, 0.5)
        self.assertAlmostEqual(one.jain(), 1, 4)

    def test_sixty_to_forty__is_ten_points_off(self):
        one = run(TWO, serve(until(13), cycle(("a", 6 * MS), ("b", 4 * MS))))
        for length in (SECOND, 10 * SECOND):
            self.assertAlmostEqual(one.share_error(length).error, 10, 0)
        self.assertAlmostEqual(one.share("a"), 60, 1)
        self.assertAlmostEqual(one.gain("a"), 10, 1)
        self.assertAlmostEqual(one.jain(), 1 / (2 * (0.36 + 0.16)), 3)

    def test_a_second_that_is_wrong__shows_in_windows_of_a_second(self):
        jobs = serve(until(6), cycle(("a", 4 * MS), ("b", 4 * MS)))
        jobs += serve(until(7), cycle(("a", 4 * MS)), jobs[-1].ended)
        jobs += serve(until(13), cycle(("a", 4 * MS), ("b", 4 * MS)), jobs[-1].ended)
        # b waits all the while; its next job was called for before.
        late = next(i for i, job in enumerate(jobs) if job.agent == "b" and job.started > until(6.5))
        jobs[late] = jobs[late]._replace(called=until(5.9))
        one = run(TWO, jobs)
        self.assertAlmostEqual(one.share_error(SECOND).error, 50, 0)
        self.assertAlmostEqual(one.share_error(10 * SECOND).error, 5, 0)

    def test_an_agent_that_has_no_work_for_a_while__is_not_judged_meanwhile(self):
        jobs = serve(until(6), cycle(("a", 4 * MS), ("b", 4 * MS)))
        jobs += serve(until(7), cycle(("a", 4 * MS)), jobs[-1].ended)
        jobs += serve(until(13), cycle(("a", 4 * MS), ("b", 4 * MS)), jobs[-1].ended)
        one = run(TWO, jobs)
        self.assertFalse(one.backlogged(("b", 0), until(6), until(7)))
        self.assertTrue(one.backlogged(("b", 0), until(2), until(3)))

    def test_what_a_modest_agent_leaves__is_due_to_the_others(self):
        text = HEAD + "agent a\nagent b weight 300\nload a duration 1ms period 10ms\nload b duration 9ms depth 8\n"
        one = run(text, serve(until(13), cycle(("a", 1 * MS), ("b", 9 * MS))))
        self.assertLess(one.share_error(10 * SECOND).error, 0.01)

    def test_an_agent_that_takes_more_than_its_share__is_an_error_of_who_lacks_it(self):
        text = HEAD + "agent a\nagent b\nload a duration 6ms think 1ms\nload b duration 4ms depth 8\n"
        one = run(text, serve(until(13), cycle(("a", 6 * MS), ("b", 4 * MS))))
        self.assertAlmostEqual(one.share_error(10 * SECOND).error, 10, 0)

    def test_an_agent_that_comes_later__changes_what_is_due_from_then_on(self):
        text = TWO.replace("depth 8\n", "depth 8 from 6s\n", 1)  # a comes later
        jobs = serve(until(6), cycle(("b", 4 * MS)))
        jobs += serve(until(13), cycle(("a", 4 * MS), ("b", 4 * MS)), jobs[-1].ended + 0)
        # Its first job is called for when it comes.
        jobs = [job._replace(called=max(job.called, until(6)), submitted=max(job.submitted, until(6)))
                if job.agent == "a" else job for job in jobs]
        one = run(text, jobs)
        self.assertLess(one.share_error(10 * SECOND).error, 0.1)
        self.assertLess(one.share_error(SECOND).error, 0.9)

    def test_windows_near_a_change_of_weight__are_left_out(self):
        one = run(TWO + "at 6s weight a 300\n", serve(until(13), cycle(("a", 4 * MS), ("b", 4 * MS))),
                  [(6, "weight a 300")])
        self.assertEqual([w for w in one.windows(SECOND) if w[0] < until(7) and until(6) < w[1]], [])
        self.assertEqual(list(one.windows(10 * SECOND)), [])


class Dues(unittest.TestCase):
    def dues(self, text, demand, capacity=1000, span=1000):
        agents = workload.parse("made-up", HEAD + text + f"load {next(iter(demand))} duration 1ms\n").agents
        weights = {path: agent.weight for path, agent in agents.items()}
        return {path: round(due) for path, due in fair.dues(agents, weights, demand, capacity, span).items()}

    def test_a_tree__is_filled_from_the_top(self):
        text = "agent x weight 100\nagent x/a weight 100\nagent x/b weight 300\nagent y weight 300\n"
        self.assertEqual(self.dues(text, {"x/a": inf, "x/b": inf, "y": inf}), {"x": 0, "x/a": 62, "x/b": 188, "y": 750})
        self.assertEqual(self.dues(text, {"x/a": inf, "y": inf}), {"x": 0, "x/a": 250, "x/b": 0, "y": 750})
        self.assertEqual(self.dues(text, {"x/a": 10, "x/b": inf, "y": 30}), {"x": 0, "x/a": 10, "x/b": 960, "y": 30})

    def test_own_work__is_one_more_child(self):
        text = "agent x\nagent x/a weight 300\n"
        self.assertEqual(self.dues(text, {"x": inf, "x/a": inf}), {"x": 250, "x/a": 750})

    def test_a_cap__bounds_what_is_due(self):
        text = "agent a max 20%\nagent b\nagent b/c max 50%\nagent d weight 10\n"
        self.assertEqual(self.dues(text, {"a": inf, "b/c": inf, "d": inf}), {"a": 200, "b": 0, "b/c": 500, "d": 300})


class Times(unittest.TestCase):
    def test_quantiles__are_values_that_occurred(self):
        self.assertEqual([metrics.quantile(range(1, 101), q) for q in (0.5, 0.99, 1)], [50, 99, 100])
        self.assertEqual(metrics.quantile([7], 0.99), 7)
        self.assertEqual(metrics.quantile([], 0.5), 0)

    def test_a_wait__is_from_the_call_to_the_engine(self):
        one = run(TWO, serve(until(13), cycle(("a", 4 * MS), ("b", 4 * MS))))
        self.assertEqual(one.wait("a", 0.99), synthetic.AGE)
        self.assertEqual(one.latency_p99("a"), synthetic.AGE + 4 * MS)

    def idle(self, text=TWO, lanes=None):
        jobs = []
        for second in range(-1, 13):
            jobs += serve(until(second) + 990 * MS, cycle(("a", 5 * MS)), until(second))
        # Each waits at a gate for the 10 ms at the end of a second.
        jobs = [job._replace(submitted=job.started) for job in jobs]
        return run(text, jobs, lanes=lanes)

    def test_an_engine_that_idles_while_one_waits__shows(self):
        one = self.idle()
        self.assertAlmostEqual(one.idle(), 1, 2)
        self.assertAlmostEqual(one.utilisation(), 99, 2)

    def test_idling_for_a_cap__does_not_count(self):
        self.assertEqual(self.idle(TWO.replace("agent a", "agent a max 50%")).idle(), 0)

    def test_idling_on_purpose__does_not_count(self):
        lane = {"name": "simgpu-e0", "anticipated_ns": 0}
        lanes = {"from": [lane], "to": [{**lane, "anticipated_ns": 90 * MS}, {"name": "simgpu-e1"}]}
        self.assertAlmostEqual(self.idle(lanes=lanes).idle(), 1 - 100 * 0.09 / 12, 2)

    def test_an_engine_that_idles_while_nobody_waits__is_not_blamed(self):
        jobs = [job._replace(called=job.started, submitted=job.started)
                for second in range(-1, 13)
                for job in serve(until(second) + 990 * MS, cycle(("a", 5 * MS)), until(second))]
        self.assertEqual(run(TWO, jobs).idle(), 0)

    def change(self, after_ms):
        """Equal shares, and from so long after the change on 1 : 4."""
        jobs = serve(until(6 + after_ms / 1000), cycle(("a", 4 * MS), ("b", 4 * MS)))
        jobs += serve(until(13), cycle(("a", 4 * MS), *[("b", 4 * MS)] * 4), jobs[-1].ended)
        return run(TWO + "at 6s weight b 400\n", jobs, [(6, "weight b 400")]).reaction("b") / MS

    def test_a_reaction__takes_until_the_service_follows(self):
        self.assertLess(self.change(0), 20)
        self.assertTrue(30 < self.change(60) < 70, self.change(60))
        self.assertTrue(450 < self.change(500) < 510, self.change(500))

    def test_what_is_due__follows_the_weights_of_the_time(self):
        jobs = serve(until(6), cycle(("a", 4 * MS), ("b", 4 * MS)))
        jobs += serve(until(13), cycle(("a", 4 * MS), *[("b", 4 * MS)] * 4), jobs[-1].ended)
        one = run(TWO + "at 6s weight b 400\n", jobs, [(6, "weight b 400")])
        self.assertGreater(one.jain(), 0.9999)
        self.assertAlmostEqual(one.gain("b"), 0, 1)

    def test_a_residual__is_a_job_of_another(self):
        one = run(TWO, serve(until(13), cycle(("a", 6 * MS), ("b", 4 * MS))))
        self.assertEqual([one.residual(agent) for agent in "ab"], [4 * MS, 6 * MS])

    def test_no_reaction__lasts_to_the_end(self):
        one = run(TWO + "at 6s weight b 400\n", serve(until(13), cycle(("a", 4 * MS), ("b", 4 * MS))),
                  [(6, "weight b 400")])
        self.assertEqual(one.reaction("b"), 6 * SECOND)

    def test_a_cap_that_is_overdrawn_for_a_second__shows(self):
        text = HEAD + "agent a max 50%\nagent b\nload a duration 5ms depth 8\nload b duration 5ms depth 8\n"
        jobs = serve(until(6), cycle(("a", 5 * MS), ("b", 5 * MS)))
        kept = jobs + serve(until(13), cycle(("a", 5 * MS), ("b", 5 * MS)), jobs[-1].ended)
        self.assertLess(run(text, kept).cap_error("a"), 0.01)
        jobs += serve(until(7), cycle(("a", 6 * MS), ("b", 4 * MS)), jobs[-1].ended)
        jobs += serve(until(13), cycle(("a", 5 * MS), ("b", 5 * MS)), jobs[-1].ended)
        self.assertAlmostEqual(run(text, jobs).cap_error("a"), 10, 0)


class Reading(unittest.TestCase):
    def setUp(self):
        one = workload.parse("made-up", TWO)
        self.trace = synthetic.of(one, serve(until(13), cycle(("a", 4 * MS), ("b", 4 * MS))))
        self.text = synthetic.text([self.trace])

    def test_what_was_written__is_read(self):
        about, traces = trace.read(self.text.splitlines())
        self.assertEqual(about, {"kernel": "6.12.0-made-up", "sched_policy": "1"})
        self.assertEqual(traces["made-up"].jobs, self.trace.jobs)
        self.assertEqual((traces["made-up"].begin, traces["made-up"].end), (until(0), until(12)))

    def test_a_trace_with_a_fault__is_refused(self):
        entries = f"{len(self.trace.jobs)}/"
        for what, old, new in (("entries; raise TRACE_KB", entries, f"{len(self.trace.jobs) - 1}/"),
                               ("no agent", "bench agent b 11", "bench agent b 12"),
                               ("go backwards", f"ended={self.trace.jobs[0].ended}", "ended=1"),
                               ("one mark of the measurement", "bench measure", "bench other"),
                               ("the guest said: no luck", "bench end", "bench error no luck\nbench end"),
                               ("no job ran", "simgpu_job:", "job:")):
            with self.subTest(what), self.assertRaisesRegex(trace.Broken, what):
                self.assertIn(old, self.text)
                trace.read(self.text.replace(old, new).splitlines())


if __name__ == "__main__":
    unittest.main()
