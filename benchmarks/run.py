#!/usr/bin/python3
"""Measures whole runs on generated populations, each beside its limit in the same run.

    run.py [--full] [--people N] [--repeat N] [--write] [--keep]

Prints the table of docs/performance.md; --write puts it there. --full adds 1,000,000 people.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from page import Table, write_measured

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
MUSTER = BUILD / "src" / "muster"
LIMITS = BUILD / "benchmarks" / "bench_limits"
RAW_LDAP = BUILD / "benchmarks" / "raw_ldap"


class Measurement:
    """Seconds of some repetitions, and the peak memory of the largest."""

    def __init__(self):
        self.seconds = []
        self.peak_kib = 0

    def add(self, seconds, peak_kib=0):
        self.seconds.append(seconds)
        self.peak_kib = max(self.peak_kib, peak_kib)

    @property
    def median(self):
        return statistics.median(self.seconds)


def call(command, environment=None, allowed=(0,)):
    """Runs a program; returns (standard output, seconds, peak KiB of its memory)."""
    started = time.monotonic()
    with subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, **(environment or {})}) as process:
        out, err = b"", b""
        try:
            out = process.stdout.read()
            err = process.stderr.read()
        finally:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in allowed:
        sys.exit(f"{' '.join(map(str, command))}\nended with {process.returncode}\n{out.decode()}{err.decode()}")
    return out.decode(), time.monotonic() - started, usage.ru_maxrss


class Population:
    """A generated population with a configuration, and the runs on it."""

    def __init__(self, folder, people):
        self.folder = folder
        self.people = people
        # Nothing is written to the directory but in measure_export, which says where it is.
        self.environment = {"LDAP_URL": "ldap://127.0.0.1:9", "LDAP_BIND_DN": "cn=admin",
                            "LDAP_PASSWORD": "none"}
        call([MUSTER, "generate", folder, "--people", people, "--seed", 1, "--no-ldif"])
        self.objects = sum(self.rows(f) for f in ("people.csv", "groups.csv"))
        self.peak_kib = 0

    def file(self, name):
        return self.folder / name

    def rows(self, name):
        with open(self.file(name), "rb") as file:
            return sum(1 for _ in file) - 1

    def run(self, *arguments, step=None):
        """`muster run`; returns (seconds of the steps of that kind, their counters added up)."""
        out, seconds, peak = call([MUSTER, "-C", self.folder, "run", "--json", *arguments],
                                  self.environment, allowed=(0, 2))
        self.peak_kib = max(self.peak_kib, peak)
        steps = [s for s in json.loads(out)["steps"] if s["kind"] == (step or s["kind"])]
        counters = {}
        for one in steps:
            for name, count in one["counters"].items():
                counters[name] = counters.get(name, 0) + count
        return sum(s["seconds"] for s in steps), counters

    def last_commit(self):
        out, _, _ = call([MUSTER, "-C", self.folder, "status", "--json"], self.environment)
        return json.loads(out)["last_commit"]

    def forget_everything(self):
        for file in self.folder.glob("muster.db*"):
            file.unlink()

    def keep_store(self, name):
        for file in self.folder.glob("muster.db*"):
            shutil.copy(file, self.folder / file.name.replace("muster.db", name))

    def restore_store(self, name):
        self.forget_everything()
        for file in self.folder.glob(name + "*"):
            shutil.copy(file, self.folder / file.name.replace(name, "muster.db"))


def rate(count, measurement):
    return count / measurement.median


def shown(count, measurement, unit="objects"):
    return f"{rate(count, measurement):,.0f} {unit}/s ({measurement.median:.2f} s)"


def against(count, limit, measured, name):
    ratio = measured.median / limit.median
    return f"{name}: {count / limit.median:,.0f}/s; {ratio:.2f} × its time"


def nothing_written(population, before, what):
    if population.last_commit() != before:
        sys.exit(f"{what} wrote commits {before + 1} to {population.last_commit()}")


def measure_import(population, table, repeat):
    first, insert, again, read = (Measurement() for _ in range(4))
    sources = [population.file(f) for f in ("people.csv", "groups.csv", "memberships.csv")]
    for _ in range(repeat):
        limit_store = population.file("limit.db")
        out, _, _ = call([LIMITS, "insert", limit_store, *sources])
        insert.add(json.loads(out)["seconds"])
        for file in population.folder.glob("limit.db*"):
            file.unlink()
        population.forget_everything()
        seconds, counters = population.run("--only", "import", "hr", step="import")
        first.add(seconds)
    table.add(f"first full import, {population.people:,} people",
              shown(counters.get("read", population.objects), first),
              against(population.objects, insert, first, "bulk insert of the same"),
              "50,000/s, 2 × its limit")
    before = population.last_commit()
    for _ in range(repeat):
        out, _, _ = call([LIMITS, "hash", *sources])
        read.add(json.loads(out)["seconds"])
        seconds, counters = population.run("--only", "import", "hr", step="import")
        again.add(seconds)
    nothing_written(population, before, "an unchanged import")
    table.add("unchanged full import", shown(counters.get("read", population.objects), again),
              against(population.objects, read, again, "read and hash the files"),
              "200,000/s, nothing written")


def measure_sync(population, table, repeat):
    population.keep_store("imported.db")
    first = Measurement()
    for _ in range(repeat):
        population.restore_store("imported.db")
        first.add(population.run("--only", "sync", step="sync")[0])
    table.add("first sync: joined, resolved, planned", shown(population.objects, first), "",
              "25,000/s")


def measure_full_sync(population, table, repeat):
    full = Measurement()
    before = population.last_commit()
    for _ in range(repeat):
        full.add(population.run("--only", "sync", "--full", step="sync")[0])
    nothing_written(population, before, "a full sync with nothing changed")
    table.add("full sync, nothing changed", shown(population.objects, full), "",
              "100,000/s, nothing written")


def replace_titles(file, count, text):
    """Gives `count` people, evenly spread, another title."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    column = lines[0].rstrip("\r\n").split(",").index("title")
    every = max(1, (len(lines) - 1) // count)
    for i in range(1, 1 + every * count, every):
        if i < len(lines):
            cells = re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', lines[i])
            cells[column] = text
            lines[i] = ",".join(cells)
    file.write_text("".join(lines), encoding="utf-8")


def measure_delta(population, table, repeat):
    delta = Measurement()
    for i in range(repeat):
        replace_titles(population.file("people.csv"), 100, f"Changed {i}")
        population.run("--only", "import", "hr")
        seconds, counters = population.run("--only", "sync", step="sync")
        if counters.get("changed") != 100:
            sys.exit(f"a delta sync of 100 changes changed {counters}")
        delta.add(seconds)
    table.add(f"delta sync of 100 changes in {population.objects:,}",
              f"{delta.median * 1000:,.0f} ms", "", "100 ms, whatever the population")


def add_member(population):
    """Puts one person more into the largest group."""
    sizes = {}
    members = {}
    with open(population.file("memberships.csv"), encoding="utf-8") as file:
        next(file)
        for line in file:
            group, person = line.rstrip("\r\n").split(",")[:2]
            sizes[group] = sizes.get(group, 0) + 1
            members.setdefault(group, set()).add(person)
    largest = max(sizes, key=sizes.get)
    with open(population.file("people.csv"), encoding="utf-8") as file:
        next(file)
        newcomer = next(p for p in (line.split(",")[0] for line in file) if p not in members[largest])
    with open(population.file("memberships.csv"), "a", encoding="utf-8") as file:
        file.write(f"{largest},{newcomer}\n")
    return sizes[largest]


def measure_one_member(population, table, repeat):
    one = Measurement()
    for _ in range(repeat):
        size = add_member(population)
        population.run("--only", "import", "hr")
        seconds, counters = population.run("--only", "sync", step="sync")
        if counters.get("links added") != 1 or counters.get("link additions planned") != 1:
            sys.exit(f"one member more added {counters}")
        one.add(seconds)
    table.add(f"sync of one member more in a group of {size:,}", f"{one.median * 1000:,.0f} ms",
              "", "one link, one value to send")


class Slapd:
    """A private slapd for as long as the `with` lasts: everything in one folder, on loopback."""

    SUFFIX = "dc=muster,dc=example"
    PASSWORD = "of-the-benchmark"

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "data").mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"ldap://127.0.0.1:{free.getsockname()[1]}"
        self.admin = "cn=admin," + self.SUFFIX
        self.environment = {"LDAP_URL": self.url, "LDAP_BIND_DN": self.admin,
                            "LDAP_PASSWORD": self.PASSWORD}
        schemas = "".join(f"include /etc/ldap/schema/{s}.schema\n"
                          for s in ("core", "cosine", "inetorgperson"))
        self.configuration = self.folder / "slapd.conf"
        self.configuration.write_text(
            f"{schemas}modulepath /usr/lib/ldap\nmoduleload back_mdb\nsizelimit unlimited\n"
            "loglevel 0\n"  # the default, lines to syslog for every operation, costs a fifth of it
            f"sortvals member\ndatabase mdb\nsuffix {self.SUFFIX}\nrootdn {self.admin}\n"
            f"rootpw {self.PASSWORD}\ndirectory {self.folder}/data\nmaxsize 8589934592\n"
            "dbnosync\nindex objectClass,entryUUID eq\n")
        self.load(f"dn: {self.SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\n"
                  "dc: muster\no: Muster\n")
        self.process = subprocess.Popen(["/usr/sbin/slapd", "-f", self.configuration, "-h", self.url,
                                         "-d", "0"], stderr=subprocess.DEVNULL)
        for _ in range(200):
            if subprocess.run(["ldapsearch", "-x", "-H", self.url, "-b", "", "-s", "base"],
                              capture_output=True, check=False).returncode == 0:
                return self
            time.sleep(0.05)
        sys.exit("slapd does not answer")

    def load(self, ldif):
        subprocess.run(["/usr/sbin/slapadd", "-q", "-f", self.configuration], input=ldif.encode(),
                       check=True)

    def dump(self, file):
        """Everything below the suffix as LDIF, parents first, without operational attributes."""
        with open(file, "wb") as out:
            subprocess.run(["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", self.url,
                            "-D", self.admin, "-w", self.PASSWORD, "-b", self.SUFFIX],
                           stdout=out, check=True)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def entries_of(file):
    with open(file, "rb") as ldif:
        return sum(1 for line in ldif if line.startswith(b"dn: "))


def without_suffix(dump, result, most=None):
    """The entries of a dump below the suffix entry itself, at most so many."""
    with open(dump, encoding="utf-8") as file:
        entries = [e for e in file.read().split("\n\n") if e.strip()]
    chosen = entries[1:] if most is None else entries[1:1 + most]
    result.write_text("\n\n".join(chosen) + "\n", encoding="utf-8")


def raw_add(slapd, file):
    out, _, _ = call([RAW_LDAP, slapd.url, slapd.admin, slapd.PASSWORD, file])
    return json.loads(out)["seconds"]


def plain_add(slapd, file):
    _, seconds, _ = call(["ldapadd", "-x", "-H", slapd.url, "-D", slapd.admin, "-w", slapd.PASSWORD,
                          "-f", file])
    return seconds


def measure_export(population, table, repeat):
    population.keep_store("planned.db")
    sent, raw, plain = Measurement(), Measurement(), Measurement()
    folder = population.folder / "slapd"
    everything, some = population.folder / "all.ldif", population.folder / "some.ldif"
    for _ in range(repeat):
        population.restore_store("planned.db")
        with Slapd(folder) as slapd:
            population.environment = slapd.environment
            seconds, _ = population.run("--only", "export", step="export")
            sent.add(seconds)
            slapd.dump(population.folder / "dump.ldif")
        without_suffix(population.folder / "dump.ldif", everything)
        without_suffix(population.folder / "dump.ldif", some, 5_000)
        with Slapd(folder) as slapd:
            raw.add(raw_add(slapd, everything))
        with Slapd(folder) as slapd:
            plain.add(plain_add(slapd, some))
    entries = entries_of(everything)
    table.add(f"export to slapd, {entries:,} entries", shown(entries, sent, "entries"),
              f"raw pipelined client: {rate(entries, raw):,.0f}/s, "
              f"{100 * raw.median / sent.median:.0f} % of it; "
              f"ldapadd: {rate(entries_of(some), plain):,.0f}/s", "90 % of the raw client")


def measure(people, repeat, export, table, work):
    population = Population(work / str(people), people)
    measure_import(population, table, repeat)
    measure_sync(population, table, repeat)
    if export:
        measure_export(population, table, repeat)
    measure_full_sync(population, table, repeat)
    measure_delta(population, table, repeat)
    measure_one_member(population, table, repeat)
    table.add(f"peak memory of all of these, {population.objects:,} objects",
              f"{population.peak_kib / 1024:,.0f} MiB", "", "1.5 GiB at 1,000,000")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--full", action="store_true", help="and 1,000,000 people (without export)")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md, too")
    parser.add_argument("--keep", action="store_true", help="leave the populations where they are")
    arguments = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="muster-bench-"))
    table = Table(44, 34, 44)
    try:
        measure(arguments.people, arguments.repeat, True, table, work)
        if arguments.full:
            measure(1_000_000, arguments.repeat, False, table, work)
        if arguments.write:
            write_measured("run", table.markdown(), f"median of {arguments.repeat}")
    finally:
        if arguments.keep:
            print(work)
        else:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
