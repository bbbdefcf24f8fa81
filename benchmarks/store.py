#!/usr/bin/python3
"""Measures writing to PostgreSQL beside other ways of writing the same objects, in one run.

    store.py [--full] [--objects N] [--repeat N] [--write]

The server is private, in a temporary folder, with its usual settings: every commit is on disk.
Prints the table of docs/performance.md; --write puts it there. --full adds 1,000,000 objects.
"""

import argparse
import json
import os
import pathlib
import pwd
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from page import Table, write_measured
from run import BUILD, call

BENCH = BUILD / "benchmarks" / "store_postgresql_bench"
PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
# Objects for the ways that would take an hour
SLOW_MOST = {"values": 100_000, "document-rows": 100_000, "value-rows": 5_000}


class Postgres:
    """A private server for as long as the `with` lasts."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-bench-"))
        self.as_user = []
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.as_user = ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid),
                            "--clear-groups"]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        data = self.folder / "data"
        self.run("initdb", "-D", data, "-U", "muster", "-A", "trust", "-E", "UTF8",
                 "--locale=C.UTF-8")
        self.process = subprocess.Popen(
            [*self.as_user, PROGRAMS / "postgres", "-D", data, "-p", str(self.port),
             "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}",
             "-c", "shared_buffers=1GB", "-c", "max_wal_size=8GB", "-c", "autovacuum=off"],
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for _ in range(300):
            if subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", "127.0.0.1", "-p",
                               str(self.port)], check=False).returncode == 0:
                return self
            time.sleep(0.1)
        sys.exit("PostgreSQL does not answer")

    def run(self, program, *arguments):
        subprocess.run([*self.as_user, PROGRAMS / program, *arguments], check=True,
                       stdout=subprocess.DEVNULL)

    def sql(self, database, text):
        out, _, _ = call(["psql", "-X", "-q", "-A", "-t", "-d", self.url(database), "-c", text])
        return out.strip()

    def fresh(self):
        """An empty database, with what came before it on disk."""
        self.sql("postgres", "DROP DATABASE IF EXISTS bench")
        self.sql("postgres", "CREATE DATABASE bench TEMPLATE template0")
        self.sql("postgres", "CHECKPOINT")
        return self.url("bench")

    def url(self, database):
        return f"postgresql://muster@127.0.0.1:{self.port}/{database}"

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def measure(server, objects, way):
    """What a way of writing took for as many objects, at most as many as it does within minutes."""
    out, _, _ = call([BENCH, server.fresh(), way, min(objects, SLOW_MOST.get(way, objects))])
    return {one["what"]: one for one in map(json.loads, out.splitlines())}


def measure_copy(server, objects):
    """The documents by psql into a table with nothing but a primary key."""
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        call([BENCH, folder, "documents", objects])
        url = server.fresh()
        server.sql("bench", "CREATE TABLE bare(id bigint PRIMARY KEY, attributes jsonb)")
        result = {}
        for what, count in (("load", objects), ("update", (objects + 9) // 10)):
            begun = time.monotonic()
            call(["psql", "-X", "-q", "-d", url, "-c",
                  f"\\copy bare FROM '{folder}/{what}.copy' (FORMAT binary)"])
            result[what] = {"objects": count, "seconds": time.monotonic() - begun}
        return result


def median(runs, what):
    return statistics.median(run[what]["seconds"] for run in runs)


def lines_of(server, objects, repeat):
    """The lines of the table for a number of objects."""
    muster, documents = [], []
    for _ in range(repeat):  # in turn, so that a busy machine is busy for both
        documents.append(measure_copy(server, objects))
        muster.append(measure(server, objects, "muster"))
    values, value_rows, document_rows = (
        [measure(server, objects, way)] for way in ("values", "value-rows", "document-rows"))
    by_one, by_two = ([measure(server, objects, way) for _ in range(repeat)]
                      for way in ("one-writer", "two-writers"))

    def rate(runs, what):
        return runs[0][what]["objects"] / median(runs, what)

    load = rate(muster, "load")
    aims = {
        "load": f"{rate(documents, 'load') / load:.2f} × the time of COPY of the documents "
                f"({rate(documents, 'load'):,.0f}/s); {load / rate(values, 'load'):.0f} × as fast "
                f"as COPY of a row a value ({rate(values, 'load'):,.0f}/s), "
                f"{load / rate(value_rows, 'load'):.0f} × as INSERT … ON CONFLICT of one after "
                f"the other ({rate(value_rows, 'load'):,.0f}/s), "
                f"{load / rate(document_rows, 'load'):.0f} × as that of documents "
                f"({rate(document_rows, 'load'):,.0f}/s)",
        "update": f"{rate(documents, 'update') / rate(muster, 'update'):.2f} × the time of COPY "
                  f"of the same documents ({rate(documents, 'update'):,.0f}/s)",
    }
    targets = {"load": "2.5 ×; 20 × and 30 ×", "update": "3 ×"}
    for what in ("load", "update", "update with links", "delete"):
        one = muster[0][what]
        yield (f"{what}, {one['objects']:,} of {objects:,} objects",
               f"{rate(muster, what):,.0f} objects/s ({median(muster, what):.2f} s), "
               f"{one['round_trips']:,} round trips, {one['bytes'] / 1e6:,.0f} MB sent",
               aims.get(what, ""), targets.get(what, ""))
    yield (f"load by two writers at once, {objects:,} objects",
           f"{rate(by_two, 'load'):,.0f} objects/s", f"by one: {rate(by_one, 'load'):,.0f}/s", "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--full", action="store_true", help="and 1,000,000 objects")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md, too")
    arguments = parser.parse_args()
    table = Table(40, 66, 140)
    with Postgres() as server:
        for objects in [arguments.objects] + ([1_000_000] if arguments.full else []):
            for line in lines_of(server, objects, arguments.repeat):
                table.add(*line)
    if arguments.write:
        write_measured("store", table.markdown(), f"median of {arguments.repeat}")


if __name__ == "__main__":
    main()
