#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nmse.py GOT RIGHT ROWS LIMIT: the normalised mean square error of floats, and that of the worst of so many rows.

Fails where it is above the limit, or is no number: not as many floats, none at all, or some that are none.
"""
import array
import math
import sys


def read(path):
    with open(path, "rb") as file:
        return array.array("f", file.read())


def nmse(got, right):
    return sum((x - y) ** 2 for x, y in zip(got, right)) / (sum(y * y for y in right) or math.nan)


def figures(got, right, rows):
    width = len(right) // rows
    if len(got) != len(right) or not width or width * rows != len(right):
        return math.nan, math.nan
    each = [nmse(got[i:i + width], right[i:i + width]) for i in range(0, len(right), width)]
    return nmse(got, right), math.nan if any(map(math.isnan, each)) else max(each)


def main():
    total, worst = figures(read(sys.argv[1]), read(sys.argv[2]), int(sys.argv[3]))
    print(f"NMSE {total:.1e}, worst token {worst:.1e}")
    sys.exit(not total <= float(sys.argv[4]))


main()
