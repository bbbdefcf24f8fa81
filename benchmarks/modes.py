#!/usr/bin/python3
"""Measures the steps of a run processed directly from the store and in memory, side by side, and
what the store takes on disk after them.

    modes.py [--full] [--people N] [--repeat N] [--write] [--keep]

Prints the table of docs/performance.md; --write puts it there. --full takes 1,000,000 people.
"""

import argparse
import contextlib
import json
import pathlib
import shutil
import sqlite3
import statistics
import sys
import tempfile

from page import write_measured
from run import BUILD, MUSTER, Population, call, replace_titles
from store import Postgres

MODES = ("direct", "in-memory")
MODES_BENCH = BUILD / "benchmarks" / "modes_bench"
CHANGES = 100


class Taken:
    """What one thing took in one mode, over the repetitions."""

    def __init__(self):
        self.seconds = []
        self.processor_seconds = []
        self.statements = 0

    def add(self, spent):
        self.seconds.append(spent["seconds"])
        self.processor_seconds.append(spent["processor_seconds"])
        self.statements = spent["statements"]

    def shown(self):
        return (f"{statistics.median(self.seconds):,.2f} s "
                f"({statistics.median(self.processor_seconds):,.2f} s of processors), "
                f"{self.statements:,} statements")


class Modes:
    """The measurements of both modes, by what was done, in order."""

    def __init__(self):
        self.taken = {}
        self.peak_kib = dict.fromkeys(MODES, 0)
        self.held = {}
        self.warm_kib = 0

    def add(self, what, mode, spent):
        self.taken.setdefault(what, {m: Taken() for m in MODES})[mode].add(spent)

    def process(self, population, mode, *steps):
        """Takes the steps in one process; `steps` are (what, step)."""
        out, _, peak = call([MODES_BENCH, population.folder, mode, *(step for _, step in steps)],
                            population.environment)
        result = json.loads(out)
        for (what, _), spent in zip(steps, result["steps"]):
            if spent["status"] not in ("done", "items", "held"):
                sys.exit(f"{what}: {spent}")
            self.add(what, mode, spent)
        self.peak_kib[mode] = max(self.peak_kib[mode], peak)
        return result


def measure(population, modes, repeat):
    people = population.file("people.csv")
    for turn in range(repeat):
        for mode in MODES if turn % 2 == 0 else reversed(MODES):
            population.forget_everything()
            modes.process(population, mode, ("first import", "import"), ("first sync", "sync"))
            replace_titles(people, CHANGES, f"Changed {turn} {mode}")
            result = modes.process(population, mode, (f"import with {CHANGES} changes", "import"),
                                   (f"delta sync of {CHANGES} changes", "sync"),
                                   ("full sync, nothing changed", "full"))
            changed = result["steps"][1]["counters"].get("changed")
            if changed != CHANGES:
                sys.exit(f"a delta sync of {CHANGES} changes changed {changed}")
            if "warming" in result:
                modes.add("reading all into memory", mode, result["warming"])
                modes.held = result["held"]
                modes.warm_kib = result["warm_kib"]


class OnDisk:
    """What the store takes on disk in SQLite, and the same one in PostgreSQL, in bytes."""

    def __init__(self, population):
        path = population.file("muster.db")
        with contextlib.closing(sqlite3.connect(path)) as store:
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.objects, self.changes = (
                store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("object", "change"))
        self.sqlite = path.stat().st_size
        with Postgres() as server:
            call([MUSTER, "-C", population.folder, "db", "move", server.fresh()],
                 population.environment)
            self.postgresql = int(server.sql("bench", "SELECT pg_database_size('bench')"))


def disk_rows(population):
    """Lines about the store as the steps left it, and about all people changed once more."""
    before = OnDisk(population)
    replace_titles(population.file("people.csv"), population.people, "Changed all")
    population.run("--only", "import", "hr")
    population.run("--only", "sync")
    after = OnDisk(population)
    changes = after.changes - before.changes
    yield "| on disk | SQLite | PostgreSQL |"
    yield "|---|---|---|"
    yield (f"| {before.objects:,} objects with their links, log and pending exports "
           f"| {before.sqlite / 2**20:,.0f} MiB, {before.sqlite / before.objects:,.0f} bytes an object "
           f"| {before.postgresql / 2**20:,.0f} MiB, "
           f"{before.postgresql / before.objects:,.0f} bytes an object |")
    yield (f"| {changes:,} changes of one value more in the log "
           f"| {(after.sqlite - before.sqlite) / changes:,.0f} bytes a change "
           f"| {(after.postgresql - before.postgresql) / changes:,.0f} bytes a change |")


def rows(population, modes):
    yield "| what | direct | in memory |"
    yield "|---|---|---|"
    for what, by_mode in modes.taken.items():
        shown = [taken.shown() if taken.seconds else "" for taken in by_mode.values()]
        yield f"| {what} | {shown[0]} | {shown[1]} |"
    peaks = [f"{modes.peak_kib[m] / 1024:,.0f} MiB" for m in MODES]
    yield f"| peak memory, {population.objects:,} objects from the source | {peaks[0]} | {peaks[1]} |"
    held = modes.held
    beside = held["bytes"] - held["payload_bytes"] - held["link_bytes"]
    yield (f"| held: {held['objects']:,} objects | | {held['bytes'] / 2**20:,.0f} MiB "
           f"({modes.warm_kib / 1024:,.0f} MiB more resident after reading) |")
    yield (f"| of these beside what objects say | | {beside / held['objects']:,.0f} bytes an object, "
           f"and {held['payload_bytes'] / held['objects']:,.0f} bytes of payload |")
    if held["links"] > 0:
        yield (f"| links, found from both ends | | {held['link_bytes'] / held['links']:.1f} bytes each, "
               f"{held['links']:,} links |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--full", action="store_true", help="1,000,000 people")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md, too")
    parser.add_argument("--keep", action="store_true", help="leave the population where it is")
    arguments = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="muster-bench-"))
    try:
        population = Population(work / "people", 1_000_000 if arguments.full else arguments.people)
        modes = Modes()
        measure(population, modes, arguments.repeat)
        lines = [*rows(population, modes), "", *disk_rows(population)]
        print("\n".join(lines))
        if arguments.write:
            write_measured("modes 1,000,000" if arguments.full else "modes", lines, f"median of {arguments.repeat}")
    finally:
        if arguments.keep:
            print(work)
        else:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
