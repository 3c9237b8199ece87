# SPDX-License-Identifier: GPL-2.0-or-later
"""What is written: a JSON file and two plots for each workload, and one table of all."""
import json
from dataclasses import dataclass, field

import goals
import svg
from workload import MS, SECOND

# The units of figures whose runs are to agree.
SPREAD_OF = ("points", "%", "% of stock")
# Of a plot of shares over time: each point is the share of a second.
POINT_STEP = SECOND // 4
# More lines than these cannot be told apart.
MOST_LINES = 8


@dataclass
class Row:
    """A figure of a workload: by column, one Check for each run."""
    workload: str
    figure: str
    unit: str
    checks: dict = field(default_factory=dict)

    def spread(self):
        """How far the runs of a column are apart, at most, the unavoidable aside; None of one run."""
        each = [[check.value - check.beside for check in checks if check.value is not None]
                for checks in self.checks.values()]
        apart = [max(values) - min(values) for values in each if len(values) > 1]
        return max(apart) if apart else None

    def apart(self):
        """Whether the runs differ more than they may."""
        return self.unit in SPREAD_OF and (self.spread() or 0) > goals.SPREAD

    def goal(self):
        told = [check.goal for column, checks in self.checks.items() if judged(column) for check in checks]
        return max(told, key=len) if told else ""


def judged(column):
    return column.scheduler == "headgate"


def stock_of(column, by_column):
    """The column of the scheduler that this one works upon, or None if that was not run."""
    return next((other for other in by_column if other.series == column.series and not judged(other)
                 and by_column[other].policy == by_column[column].policy), None)


def rows(workloads, chosen, results, costs):
    table = {}
    for each in workloads:
        for column in chosen:
            for by_column in results:
                runs, stock = by_column[column].runs, stock_of(column, by_column)
                alone = {path: runs[each.alone(path).name] for path in each.needed_alone()}
                for check in goals.checks(runs[each.name], alone, by_column[stock].runs[each.name] if stock else None):
                    row = table.setdefault((each.name, check.figure), Row(each.name, check.figure, check.unit))
                    row.checks.setdefault(column, []).append(check)
    order = {each.name: number for number, each in enumerate(workloads)}
    found = sorted(table.values(), key=lambda row: order[row.workload])
    if costs:
        for name, (figure, goal) in goals.COSTS.items():
            cost = {column: [goals.Check(figure, "instructions", figures[name], True, goal)]
                    for column, figures in costs.items()}
            found.append(Row("(alone)", figure, "instructions", cost))
    return found


# --- the table

MISSED = " **missed**"


def number(value):
    return f"{value:.4f}" if 0.9 < value < 1 else f"{value:.0f}" if value >= 1000 else f"{value:.2f}"


def cell(column, checks):
    """The first run's value, what is unavoidable in brackets, and whether the goal is missed."""
    if not checks or checks[0].value is None:
        return ""
    text = number(checks[0].value)
    if checks[0].beside:
        text += f" ({number(checks[0].beside)})"
    if judged(column) and any(check.missed for check in checks):
        text += MISSED
    return text


def heading(chosen):
    return ["workload", "figure", "unit", *map(str, chosen), "goal", "spread"]


def cells(row, chosen):
    spread = row.spread()
    return [row.workload, row.figure, row.unit, *(cell(column, row.checks.get(column)) for column in chosen),
            row.goal(), "" if spread is None else f"{spread:.3f}{MISSED if row.apart() else ''}"]


def text(table, chosen):
    """The table in Markdown."""
    lines = [heading(chosen), *(cells(row, chosen) for row in table)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    told = ["| " + " | ".join(word.ljust(width) for word, width in zip(line, widths)) + " |" for line in lines]
    told.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(told)


def rst(table, chosen):
    """The same for Documentation/fairness.rst."""
    lines = [heading(chosen), *(cells(row, chosen) for row in table)]
    quoted = ["   " + ",".join(f'"{word}"' for word in line) for line in lines]
    return "\n".join([".. csv-table::", "   :header-rows: 1", "", *quoted])


def verdicts(table, chosen, skipped, say):
    """Says which goals are missed; their number."""
    met = missed = 0
    for row in table:
        if row.apart():
            say(f"not ok {row.workload}: {row.figure}: two runs are {row.spread():.3f} apart, want <= {goals.SPREAD}")
            missed += 1
        for column in chosen:
            for check in row.checks.get(column, ()) if judged(column) else ():
                if check.limit is None or check.value is None:
                    continue
                met, missed = met + (not check.missed), missed + check.missed
                if check.missed:
                    beside = f" + {number(check.beside)}" if check.beside else ""
                    say(f"not ok {row.workload}: {row.figure} with {column}: {number(check.value)} {check.unit}, "
                        f"want {'<=' if check.most else '>='} {check.limit:g}{beside}"
                        f"{' (' + check.note + ')' if check.note else ''}")
    say(f"bench: {met} passed, {missed} failed, {len(skipped)} skipped")
    return missed


# --- files

def shares(run):
    """Of the first engine: (s, percent) by agent."""
    lines = {}
    for (agent, engine), service in sorted(run.service.items()):
        if engine == 0 and len(lines) < MOST_LINES:
            times = range(run.begin, run.end - SECOND + 1, POINT_STEP)
            lines[agent] = [((t - run.begin) / SECOND + 0.5, 100 * service.between(t, t + SECOND) / SECOND)
                            for t in times]
    return lines


def waits(run):
    """Percent of the jobs that waited no longer: (ms, percent) by agent."""
    lines = {}
    for agent in sorted({job.agent for job in run.trace.jobs})[:MOST_LINES]:
        values = sorted(run.waits(agent))
        # As many points as a plot can show.
        picks = sorted({len(values) * i // 200 for i in range(200)}) if values else []
        lines[agent] = [(values[i] / MS, 100 * (i + 1) / len(values)) for i in picks]
    return lines


def agents(run):
    told = {}
    for agent in sorted({job.agent for job in run.trace.jobs}):
        told[agent] = {"jobs": len(run.called_within(agent)),
                       "share_percent": [run.share(agent, engine) for engine in run.engines()],
                       "wait_p50_ns": run.wait(agent, 0.5), "wait_p99_ns": run.wait(agent, 0.99),
                       "wait_max_ns": run.wait(agent, 1),
                       "latency_p99_ns": run.latency_p99(agent)}
    return told


def write(out, workloads, chosen, skipped, results, table):
    """Everything, into the folder."""
    out.mkdir(parents=True, exist_ok=True)

    def put(name, what):
        (out / name).write_text(json.dumps(what, indent=1) + "\n")

    for each in workloads:
        runs = {str(column): results[0][column].runs[each.name] for column in chosen}
        mine = [row for row in table if row.workload == each.name]
        put(f"{each.name}.json", {
            "workload": each.name, "title": each.title,
            "columns": {str(column): {
                "figures": {row.figure: [check._asdict() for check in row.checks[column]]
                            for row in mine if column in row.checks},
                "agents": agents(runs[str(column)])} for column in chosen},
            "skipped": {str(column): why for column, why in skipped.items()}})
        for kind, make, axes in (("share", shares, svg.SHARE), ("wait", waits, svg.WAIT)):
            panels = {name: make(run) for name, run in runs.items()}
            put(f"{each.name}-{kind}.json", panels)
            (out / f"{each.name}-{kind}.svg").write_text(svg.plot(each.title, panels, axes))
    about = ", ".join(f"{column}: {by_column.kernel}" for column, by_column in results[0].items())
    (out / "table.md").write_text(f"{text(table, chosen)}\n\n{about}\n")
    (out / "table.rst").write_text(f"{rst(table, chosen)}\n\nKernels: {about}.\n")
