"""The page that keeps what was measured: docs/performance.md, a table per benchmark."""

import os
import pathlib
import time

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def write_measured(name, lines, how):
    """Puts the lines of a benchmark's table between its markers; `how` says what they are medians of."""
    text = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- measured: {name} -->\n", f"<!-- end: {name} -->\n"
    machine = (f"{os.cpu_count()} cores, "
               f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB, "
               f"{time.strftime('%Y-%m-%d')}; {how}.")
    measured = f"{begin}{machine}\n\n" + "\n".join(lines) + f"\n{end}"
    text = text[:text.index(begin)] + measured + text[text.index(end) + len(end):]
    PAGE.write_text(text, encoding="utf-8")


class Table:
    """One line a measurement, beside what it is compared with and what it aims at."""

    def __init__(self, *widths):
        self.lines = []
        self.widths = widths

    def add(self, *cells):
        self.lines.append(cells)
        print("  " + " ".join(f"{cell:<{width}}" for cell, width in zip(cells, (*self.widths, 0))),
              flush=True)

    def markdown(self):
        yield "| what | measured | beside, in the same run | aim |"
        yield "|---|---|---|---|"
        for line in self.lines:
            yield "| " + " | ".join(line) + " |"
