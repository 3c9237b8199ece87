#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""doc.py: puts the table of the last whole run of bench.py into Documentation/fairness.rst."""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "Documentation/fairness.rst"
TABLE = ROOT / "build/bench/table.rst"
BEGIN, END = ".. The table: make bench-doc.", ".. End of the table."


def filled(page, table):
    """The page with that table between its markers; ValueError if it lacks them."""
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"there should be lines '{BEGIN}' and '{END}'")
    return f"{before}{BEGIN}\n\n{table.strip()}\n\n{END}{after}"


def main():
    if not TABLE.exists():
        print(f"doc.py: there is no {TABLE.relative_to(ROOT)}; run make bench first", file=sys.stderr)
        return 2
    try:
        PAGE.write_text(filled(PAGE.read_text(), TABLE.read_text()))
    except ValueError as wrong:
        print(f"doc.py: {PAGE.relative_to(ROOT)}: {wrong}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
