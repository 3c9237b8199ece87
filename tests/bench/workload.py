# SPDX-License-Identifier: GPL-2.0-or-later
"""Workloads: data files that say who puts what on the GPU, and what is to come of it.

One statement on a line; "#" begins a comment. Times are numbers with us, ms or s, and count
from the beginning of the measurement; before it there is a second to warm up.

title TEXT              what it is, in a line
seconds N               how long to measure
engines N               engines of the device (1)
quick                   is among the few that `make check` runs

agent PATH [weight N] [class interactive] [max N%]
                        a cgroup under policy; a/b is below a
agents PATH COUNT from LOW to HIGH seed N
                        PATH1, PATH2 and so on, of random weights

load PATH OPTION...     a client in that cgroup; a "*" at the end of PATH: one in each
  duration TIME         of a job
  depth N               jobs in flight (1: waits for each; the same whatever schedules)
  think TIME            pause after each job, or after each burst
  burst N               jobs that come at once
  period TIME           one job each TIME
  pareto N longest TIME heavy-tailed durations: DURATION the mean, N the exponent, and a cut
  processes N, threads N, engine N, seed N
  from TIME, until TIME when it is there (all the time)

at TIME weight PATH N   a change of policy

goal METRIC [PATH] <= N, or >= N
                        to be met with headgate, besides what holds for all (goals.py)
"""
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

MS, SECOND = 10**6, 10**9
UNITS = {"us": 10**3, "ms": MS, "s": SECOND}
# What a load may say, and how it reads; all but the last two are simload's options.
TIMES = ("duration", "think", "period", "longest")
COUNTS = ("depth", "burst", "processes", "threads", "engine", "seed")
SPAN = ("from", "until")
# Metrics of a goal: whether they are an agent's.
METRICS = {"utilisation": False, "share": True, "slowdown": True, "cap_error": True,
           "reaction": True, "throughput": True, "gain": True}


class Mistake(Exception):
    """In a workload file; the text says where and what."""


@dataclass
class Agent:
    path: str
    weight: int = 100
    interactive: bool = False
    cap: float = None  # of one engine, 0..1

    @property
    def parent(self):
        return self.path.rpartition("/")[0]


@dataclass
class Load:
    agent: str
    options: dict
    start: int = None  # ns from the beginning of the measurement; None: before it
    end: int = None

    @property
    def deep(self):
        """Has always more work waiting than what runs."""
        return self.options.get("depth", 1) != 1 and not {"think", "period"} & self.options.keys()

    @property
    def greedy(self):
        """Takes what it can get."""
        return "period" not in self.options and "burst" not in self.options


@dataclass
class Goal:
    metric: str
    agent: str
    most: bool  # <= rather than >=
    value: float


@dataclass
class Workload:
    name: str
    title: str = ""
    seconds: int = 0
    engines: int = 1
    quick: bool = False
    agents: dict = field(default_factory=dict)
    loads: list = field(default_factory=list)
    changes: list = field(default_factory=list)  # (ns, path, weight)
    goals: list = field(default_factory=list)

    def alone(self, path):
        """The same with the loads of one agent only, for what it is like alone."""
        return Workload(f"{self.name}+{path}", self.title, min(self.seconds, 5), self.engines,
                        agents=self.agents, loads=[l for l in self.loads if l.agent == path])

    def needed_alone(self):
        return sorted({g.agent for g in self.goals if g.metric == "slowdown"})


def time_of(word):
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(us|ms|s)", word)
    if not match:
        raise Mistake(f"a time such as 2ms is expected, not '{word}'")
    return int(float(match[1]) * UNITS[match[2]])


def number_of(word, low=0, high=10**9):
    if not re.fullmatch(r"\d+", word) or not low <= int(word) <= high:
        raise Mistake(f"a whole number from {low} to {high} is expected, not '{word}'")
    return int(word)


def decimal_of(word):
    if not re.fullmatch(r"\d+(\.\d+)?", word):
        raise Mistake(f"a number is expected, not '{word}'")
    return float(word)


def pairs(words):
    if len(words) % 2:
        raise Mistake(f"'{words[-1]}' lacks its value")
    names = words[::2]
    for name in names:
        if names.count(name) > 1:
            raise Mistake(f"'{name}' is given twice")
    return zip(names, words[1::2])


class Parser:
    """A method for each statement; the words after it are its arguments."""

    def __init__(self, name):
        self.workload = Workload(name)

    def title(self, *words):
        self.workload.title = " ".join(words)

    def seconds(self, word):
        self.workload.seconds = number_of(word, 1, 3600)

    def engines(self, word):
        self.workload.engines = number_of(word, 1, 16)

    def quick(self):
        self.workload.quick = True

    def moment(self, word):
        """A time within the measurement."""
        when = time_of(word)
        if not 0 < when < self.workload.seconds * SECOND:
            raise Mistake(f"a time within the seconds said above is expected, not '{word}'")
        return when

    def known(self, path):
        if path not in self.workload.agents:
            raise Mistake(f"there is no agent '{path}' above this line")
        return path

    def add_agent(self, agent):
        if not re.fullmatch(r"[a-z0-9_-]+(/[a-z0-9_-]+)*", agent.path):
            raise Mistake(f"a path such as a or a/b is expected, not '{agent.path}'")
        if agent.path in self.workload.agents:
            raise Mistake(f"agent '{agent.path}' is there already")
        if agent.parent:
            self.known(agent.parent)
        self.workload.agents[agent.path] = agent

    def agent(self, path, *words):
        agent = Agent(path)
        for name, value in pairs(words):
            if name == "weight":
                agent.weight = number_of(value, 1, 10000)
            elif name == "class" and value in ("interactive", "batch"):
                agent.interactive = value == "interactive"
            elif name == "max" and value.endswith("%"):
                agent.cap = number_of(value[:-1], 1, 1600) / 100
            else:
                raise Mistake(f"an agent has weight N, class interactive and max N%, not '{name} {value}'")
        self.add_agent(agent)

    def agents(self, path, count, *words):
        given = dict(pairs(words))
        if given.keys() != {"from", "to", "seed"}:
            raise Mistake("agents PATH COUNT from LOW to HIGH seed N is expected")
        low = number_of(given["from"], 1, 10000)
        high = number_of(given["to"], low, 10000)
        weights = random.Random(number_of(given["seed"]))
        for i in range(number_of(count, 1, 1000)):
            self.add_agent(Agent(f"{path}{i + 1}", weights.randint(low, high)))

    def load(self, path, *words):
        options, span = {}, {}
        for name, value in pairs(words):
            if name in TIMES:
                options[name] = time_of(value)
            elif name in COUNTS:
                options[name] = number_of(value)
            elif name == "pareto":
                options[name] = decimal_of(value)
            elif name in SPAN:
                span[name] = self.moment(value)
            else:
                raise Mistake(f"a load has no '{name}'; it has {', '.join(TIMES + COUNTS + SPAN)} and pareto")
        if "duration" not in options:
            raise Mistake("a load needs a duration")
        if options.get("engine", 0) >= self.workload.engines:
            raise Mistake(f"there is no engine {options['engine']}; say 'engines N' above")
        if "pareto" in options and (options["pareto"] <= 1 or "longest" not in options):
            raise Mistake("pareto needs an exponent above 1, and a longest duration")
        if "until" in span and span["until"] <= span.get("from", 0):
            raise Mistake("a load ends after it begins")
        paths = [self.known(path)] if not path.endswith("*") else \
            [p for p in self.workload.agents if p.startswith(path[:-1])]
        if not paths:
            raise Mistake(f"no agent matches '{path}'")
        for one in paths:
            # Each its own random numbers.
            seed = options.get("seed", 1) + 1000 * len(self.workload.loads)
            self.workload.loads.append(Load(one, {**options, "seed": seed}, span.get("from"), span.get("until")))

    def at(self, when, what, path, weight):
        if what != "weight":
            raise Mistake(f"at TIME weight PATH N is expected, not '{what}'")
        self.workload.changes.append((self.moment(when), self.known(path), number_of(weight, 1, 10000)))

    def goal(self, metric, *words):
        if metric not in METRICS:
            raise Mistake(f"there is no metric '{metric}'; there are {', '.join(METRICS)}")
        agent, words = (self.known(words[0]), words[1:]) if METRICS[metric] and words else ("", words)
        if len(words) != 2 or words[0] not in ("<=", ">="):
            raise Mistake("goal METRIC [PATH] <= N, or >= N, is expected")
        self.workload.goals.append(Goal(metric, agent, words[0] == "<=", decimal_of(words[1])))

    STATEMENTS = ("title", "seconds", "engines", "quick", "agent", "agents", "load", "at", "goal")

    def statement(self, words):
        if words[0] not in self.STATEMENTS:
            raise Mistake(f"there is no statement '{words[0]}'; there are {', '.join(self.STATEMENTS)}")
        try:
            getattr(self, words[0])(*words[1:])
        except TypeError:
            raise Mistake(f"'{words[0]}' has too few or too many words") from None


def parse(name, text, where=None):
    """A workload from its text; Mistake with file and line."""
    parser = Parser(name)
    where = where or name
    number = 0
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        try:
            parser.statement(words)
        except Mistake as mistake:
            raise Mistake(f"{where}:{number}: {mistake}") from None
    for what, there in (("title", parser.workload.title), ("seconds", parser.workload.seconds),
                        ("load", parser.workload.loads)):
        if not there:
            raise Mistake(f"{where}:{number}: there is no '{what}' statement")
    return parser.workload


def read_all(folder, names=()):
    """The workloads of a folder, or those of these names, in the order of their names."""
    files = {path.stem: path for path in sorted(Path(folder).glob("*.bench"))}
    for name in names:
        if name not in files:
            raise Mistake(f"there is no workload '{name}'; there are {', '.join(files)}")
    return [parse(name, path.read_text(), path) for name, path in files.items() if not names or name in names]
