# SPDX-License-Identifier: GPL-2.0-or-later
"""Plots: panels side by side with the same axes, one for each scheduler."""
from collections import namedtuple
from html import escape
from math import ceil, floor, log10

# log: whether x is logarithmic; top: the end of y, or None for the data's.
Axes = namedtuple("Axes", "x y log top")
SHARE = Axes("time, s", "engine time, % of each second", False, None)
WAIT = Axes("wait, ms", "jobs that waited no longer, %", True, 100)

WIDTH, HEIGHT = 300, 220  # of a panel's inside
LEFT, TOP, GAP, BOTTOM = 60, 50, 30, 60
LEGEND, LETTER = 110, 8  # room for a name, and for a letter of the title
TICKS = 5
# A wait of nothing has no logarithm: 1 us stands for it.
LEAST_LOG = 1e-3
COLOURS = ("#1b6ca8", "#d1495b", "#3a7d44", "#edae49", "#7b4b94", "#00798c", "#8d6a4f", "#555555")


def nice(top):
    """A round number not below it."""
    if top <= 0:
        return 1
    unit = 10 ** floor(log10(top))
    return next(unit * n for n in (1, 2, 2.5, 5, 10) if unit * n >= top * 0.999)


class Scale:
    """From data to a place within a panel."""

    def __init__(self, low, high, pixels, log=False):
        self.log = log
        self.low, self.high = (floor(log10(low)), max(ceil(log10(high)), floor(log10(low)) + 1)) if log else (low, high)
        self.pixels = pixels

    def at(self, value):
        value = log10(max(value, 10 ** self.low)) if self.log else value
        return self.pixels * (value - self.low) / (self.high - self.low)

    def ticks(self):
        if self.log:
            return [10.0 ** n for n in range(self.low, self.high + 1)]
        return [self.low + (self.high - self.low) * i / TICKS for i in range(TICKS + 1)]


def colour(number):
    return COLOURS[number % len(COLOURS)]


def words(x, y, text, anchor="middle", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def panel(name, lines, x, y, left, first):
    """One scheduler's: frame, ticks and lines."""
    parts = [f'<g transform="translate({left},{TOP})">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>', words(WIDTH / 2, -8, name)]
    for tick in x.ticks():
        parts.append(words(x.at(tick), HEIGHT + 16, f"{tick:g}"))
    for tick in y.ticks():
        place = HEIGHT - y.at(tick)
        parts.append(f'<path d="M0 {place:.1f}H{WIDTH}" stroke="#ddd"/>')
        if first:
            parts.append(words(-6, place + 4, f"{tick:g}", "end"))
    for number, (_, points) in enumerate(lines.items()):
        path = " ".join(f"{x.at(a):.1f},{HEIGHT - y.at(b):.1f}" for a, b in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour(number)}" stroke-width="1.5"/>')
    return parts + ["</g>"]


def plot(title, panels, axes):
    """An SVG file: panels by name, in each the points (x, y) of lines by name."""
    points = [point for lines in panels.values() for line in lines.values() for point in line]
    xs, ys = [x for x, _ in points] or [0], [y for _, y in points] or [0]
    low = max(min(xs), LEAST_LOG) if axes.log else 0
    x = Scale(low, max(max(xs), low * 10) if axes.log else nice(max(xs)), WIDTH, axes.log)
    y = Scale(0, axes.top or nice(max(ys)), HEIGHT)
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    width = max(LEFT + len(panels) * (WIDTH + GAP), LEFT + len(names) * LEGEND, len(title) * LETTER)
    height = TOP + HEIGHT + BOTTOM
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
             'font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>',
             words(width / 2, 18, title, more=' font-size="14"'),
             words(width / 2, TOP + HEIGHT + 34, axes.x),
             words(0, 0, axes.y, more=f' transform="translate(14,{TOP + HEIGHT / 2}) rotate(-90)"')]
    for number, (name, lines) in enumerate(panels.items()):
        lines = {each: lines.get(each, []) for each in names}
        parts += panel(name, lines, x, y, LEFT + number * (WIDTH + GAP), number == 0)
    for number, name in enumerate(names):
        parts.append(words(LEFT + number * LEGEND, TOP + HEIGHT + 52, name, "start", f' fill="{colour(number)}"'))
    return "\n".join([*parts, "</svg>", ""])
