#!/usr/bin/python3
"""Measures the caches: hits beside a bare map, clearing, hit ratios beside LRU, staleness.

    cache.py [--full] [--write]

Prints a table of docs/performance.md; --write puts it there. --full makes 10,000,000 writes.
"""

import argparse
import json
import pathlib
import subprocess

from page import Table, write_measured

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release" / "benchmarks"


def bench(*arguments, program="cache_bench"):
    out = subprocess.run([BUILD / program, *map(str, arguments)], stdout=subprocess.PIPE,
                         check=True).stdout
    return json.loads(out)


def times(table, what, measured, bare, aim):
    table.add(what, f"{measured:.1f} ns, {measured / bare:.2f} ×", f"bare map: {bare:.1f} ns", aim)


def measure_hits(table, objects):
    hits = bench("hits", objects)
    bare = hits["bare"]
    of = f"{objects:,} objects"
    times(table, f"borrowed hit, {of}, from one to the next", hits["with"], bare, "1.6 ×")
    times(table, "— 16 hits to one look at the clock", hits["reader"], bare, "1.6 ×")
    times(table, "owning hit", hits["owning"], bare, "2.5 ×")
    known = hits["bare_known"]
    times(table, "borrowed hit, keys known long before", hits["with_known"], known, "")
    times(table, "— 16 hits to one look at the clock", hits["reader_known"], known, "")
    times(table, "owning hit, keys known long before", hits["owning_known"], known, "")
    table.add("allocations; statements, on 262,144 hits",
              f"{hits['allocations']}; {hits['loads']}", "", "0; 0")


def measure_clear(table):
    clears = sorted((bench("clear") for _ in range(3)), key=lambda c: c["clear_ns"])
    table.add(f"clear of {clears[1]['entries']:,} objects", f"{clears[1]['clear_ns']:.0f} ns",
              f"freeing them later: {clears[1]['collect_ns'] / 1e6:,.0f} ms", "1,000 ns")


def measure_misses(table):
    misses = bench("misses")
    table.add(f"loads for {misses['readers']:,} misses of one key at once", str(misses["loads"]),
              "", "1")


def measure_ratios(table):
    ratios = bench("ratios")
    room = f"{ratios['room']:,}"
    for name, what in (("zipf", f"hit ratio, Zipf over {ratios['keys']:,} keys, room for {room}"),
                       ("scan", "— with a scan between, one for one"),
                       ("loop", "— in a loop 1.2 × as long as the room")):
        table.add(what, f"{100 * ratios[name]:.1f} %", f"LRU: {100 * ratios[name + '_lru']:.1f} %",
                  "LRU or better")


def measure_staleness(table):
    late = bench("staleness", 1_000, program="follow_bench")
    table.add(f"staleness in another process, {late['commits']:,} commits",
              f"median {late['median_ms']:.1f} ms, 99 %: {late['p99_ms']:.1f} ms, "
              f"most {late['max_ms']:.1f} ms", "", "5 ms, 50 ms, bound 1 s")


def measure_lost(table, commits):
    lost = bench("lost", commits, program="follow_bench")
    table.add(f"lost of {lost['writes']:,} writes, reader killed {lost['kills']} times",
              f"{lost['wrong']} in {lost['reads']:,} reads judged",
              f"{100 * lost['hits'] / lost['reads']:.0f} % of them hits", "0")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--full", action="store_true", help="10,000,000 writes instead of 1,000,000")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md, too")
    arguments = parser.parse_args()
    table = Table(58, 34, 40)
    for objects in (10_000, 1_000_000):
        measure_hits(table, objects)
    measure_clear(table)
    measure_misses(table)
    measure_ratios(table)
    measure_staleness(table)
    measure_lost(table, 100_000 if arguments.full else 10_000)
    if arguments.write:
        write_measured("cache", table.markdown(), "times are medians of 7, of clearing of 3")


if __name__ == "__main__":
    main()
