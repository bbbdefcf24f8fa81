#!/usr/bin/python3
"""Checks form: the formatter and the linter of the repository's profiles.

    lint.py format               every C++ file is as clang-format leaves it
    lint.py tidy [--minutes N]   clang-tidy over every file of build/dev; files whose text, headers
                                 and flags were found clean before are not looked at again
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build", "dev")
PLAIN = os.path.join(BUILD, "plain")  # compile_commands.json without what only g++ can read
CLEAN = os.path.join(ROOT, "build", "tidy-clean")
# What g++ and its library say otherwise than clang.
OF_GCC = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-deprecated-declarations"]
# The analyzer takes most of a minute for a long test, more than all other checks together; what a
# test copies costs nobody anything; and tests write on purpose what is suspicious elsewhere.
IN_TESTS = ("--checks=-clang-analyzer-*,-performance-*,-bugprone-empty-catch,"
            "-bugprone-implicit-widening-of-multiplication-result,-bugprone-suspicious-*")
PRECOMPILED = re.compile(r" (-fpch-preprocess|-Winvalid-pch|-include \S*cmake_pch\.hxx)(?= )")
INCLUDE = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def sources():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "--cached", "--others",
                             "--exclude-standard", "*.cpp", "*.h"],
                            capture_output=True, encoding="utf-8", check=True)
    paths = [os.path.join(ROOT, name) for name in listed.stdout.split("\n") if name]
    return [path for path in paths if os.path.exists(path)]


def check_format():
    command = ["clang-format-19", "--dry-run", "--Werror", *sources()]
    return subprocess.run(command, check=False).returncode


def read(path):
    with open(path, "rb") as file:
        return file.read()


def with_own_headers(path, seen):
    """The file and every header of the repository it includes, directly or not."""
    if path in seen or not os.path.exists(path):
        return
    seen.add(path)
    for name in INCLUDE.findall(read(path)):
        for folder in ("src", "tests", "benchmarks", os.path.relpath(os.path.dirname(path), ROOT)):
            with_own_headers(os.path.normpath(os.path.join(ROOT, folder, name.decode())), seen)


def fingerprint(command):
    seen = set()
    with_own_headers(command["file"], seen)
    digest = hashlib.sha256(read(os.path.join(ROOT, ".clang-tidy")) + command["command"].encode())
    for path in sorted(seen):
        digest.update(path.encode() + b"\0" + hashlib.sha256(read(path)).digest())
    return digest.hexdigest()


def recently_changed():
    """Files of the last commits, the newest first: path → place."""
    listed = subprocess.run(["git", "-C", ROOT, "log", "-n", "200", "--name-only", "--format="],
                            capture_output=True, encoding="utf-8", check=True)
    places = {}
    for name in listed.stdout.split("\n"):
        places.setdefault(os.path.join(ROOT, name), len(places))
    return places


def tidy_one(path, deadline):
    if time.monotonic() > deadline:
        return None
    checks = [IN_TESTS] if path.endswith("_test.cpp") else []
    return subprocess.run(["clang-tidy-19", "-p", PLAIN, "--quiet", *OF_GCC, *checks, path],
                          capture_output=True, encoding="utf-8", check=False)


def check_tidy(minutes):
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as file:
        commands = [c for c in json.load(file) if not c["file"].startswith(BUILD)]
    for command in commands:
        command["command"] = PRECOMPILED.sub("", command["command"])
    os.makedirs(PLAIN, exist_ok=True)
    with open(os.path.join(PLAIN, "compile_commands.json"), "w", encoding="utf-8") as file:
        json.dump(commands, file)
    prints = {command["file"]: fingerprint(command) for command in commands}
    clean = set(read(CLEAN).decode().split()) if os.path.exists(CLEAN) else set()
    recent = recently_changed()
    due = sorted((path for path in prints if prints[path] not in clean),
                 key=lambda path: (path.endswith("_test.cpp"), recent.get(path, len(recent))))
    deadline = time.monotonic() + minutes * 60
    dirty = left = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for path, done in zip(due, pool.map(lambda p: tidy_one(p, deadline), due)):
            if done is None:
                left += 1
            elif done.returncode == 0:
                clean.add(prints[path])
            else:
                dirty += 1
                print(done.stdout, done.stderr if not done.stdout else "", sep="")
    with open(CLEAN, "w", encoding="utf-8") as file:
        file.write("\n".join(sorted(clean & set(prints.values()))))
    print(f"{len(prints) - left} of {len(prints)} files looked at, {dirty} with complaints"
          + (f"; {left} left for the next time" if left else ""))
    return 1 if dirty else 0


def main():
    parser = argparse.ArgumentParser(description="Checks form.")
    parser.add_argument("what", choices=["format", "tidy"])
    parser.add_argument("--minutes", type=float, default=60)
    arguments = parser.parse_args()
    return check_format() if arguments.what == "format" else check_tidy(arguments.minutes)


if __name__ == "__main__":
    sys.exit(main())
