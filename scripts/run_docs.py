#!/usr/bin/python3
"""Runs the commands that the documentation shows and compares what they print.

    run_docs.py [--path FOLDER] PAGE.md…

In every ```console block the lines that begin with "$ " are commands (one that ends in a backslash
goes on in the next line), the others what they print. The commands of a page run in one shell at
the root of the repository, with a HOME of their own and FOLDER first on PATH. Each must succeed, and
the lines shown must come in the output, in that order; "…" stands for any text. Exit code 1 where
one does not.
"""

import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SECONDS_MOST = 600


class Command:
    def __init__(self, text, line):
        self.text = text
        self.line = line
        self.expected = []

    def goes_on(self):
        return self.text.endswith("\\") and not self.expected


def commands_of(page):
    """The commands of a page with the output shown for each."""
    commands, inside = [], False
    with open(page, encoding="utf-8") as file:
        for number, line in enumerate(file.read().split("\n"), 1):
            if line.startswith("```"):
                inside = line.strip() == "```console"
            elif inside and line.startswith("$ "):
                commands.append(Command(line[2:], number))
            elif inside and commands and commands[-1].goes_on():
                commands[-1].text += "\n" + line
            elif inside and commands and line.strip():
                commands[-1].expected.append(line)
    return commands


def shell_script(commands, folder):
    """Runs each command with its output and exit code in files of their own; state carries over."""
    parts = [f"{{ {c.text}\n}} >{folder}/{i}.out 2>&1 </dev/null; echo $? >{folder}/{i}.code"
             for i, c in enumerate(commands)]
    return "\n".join(parts) + "\n"


def matches(shown, actual):
    pattern = ".*".join(re.escape(part) for part in shown.rstrip().split("…"))
    return re.fullmatch(pattern, actual.rstrip()) is not None


def first_missing(expected, output):
    """The first shown line that the output does not have after the ones before it."""
    lines = iter(output.split("\n"))
    for shown in expected:
        if shown.strip() != "…" and not any(matches(shown, line) for line in lines):
            return shown
    return None


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def check(command, output, code):
    if code is None:
        return "was not reached"
    if code.strip() != "0":
        return f"ended with exit code {code.strip()}:\n{output}"
    missing = first_missing(command.expected, output)
    return None if missing is None else f"does not print\n    {missing}\nbut\n{output}"


def stop_servers(home):
    for pid in glob.glob(os.path.join(home, "**", "slapd", "pid"), recursive=True):
        folder = os.path.dirname(os.path.dirname(pid))
        subprocess.run([f"{ROOT}/scripts/private_slapd.sh", "stop", folder], check=True)


def run_page(page, path):
    commands, name = commands_of(page), os.path.relpath(page, ROOT)
    with tempfile.TemporaryDirectory(prefix="muster-docs-") as home:
        results = os.path.join(home, ".results")
        os.mkdir(results)
        search = f"{os.path.abspath(path)}:{os.environ['PATH']}"
        environment = dict(os.environ, HOME=home, PATH=search, NO_COLOR="1")
        try:
            subprocess.run(["bash", "-c", shell_script(commands, results)], cwd=ROOT,
                           env=environment, timeout=SECONDS_MOST, check=False)
        finally:
            stop_servers(home)
        bad = 0
        for i, command in enumerate(commands):
            complaint = check(command, read(f"{results}/{i}.out"), read(f"{results}/{i}.code"))
            if complaint:
                bad += 1
                print(f"{name}:{command.line}: $ {command.text}\n  {complaint}")
    print(f"{name}: {len(commands)} commands, {bad} not as shown")
    return bad


def main():
    parser = argparse.ArgumentParser(description="Runs the commands that the documentation shows.")
    parser.add_argument("--path", default=os.path.join(ROOT, "build", "release", "src"))
    parser.add_argument("pages", nargs="+")
    arguments = parser.parse_args()
    return 1 if sum(run_page(page, arguments.path) for page in arguments.pages) else 0


if __name__ == "__main__":
    sys.exit(main())
