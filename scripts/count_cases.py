#!/usr/bin/python3
"""Counts the test cases of one ctest run: prints "PASSED FAILED".

    count_cases.py FOLDER

FOLDER holds ctest.junit and, beside it, the XML reports of those tests that are GoogleTest
programs (named after the test). A skipped case does not count; a test without such a report, or one
that failed without saying which case, counts as one.
"""

import os
import sys
import xml.etree.ElementTree as ElementTree


def count(folder):
    passed = failed = 0
    for test in ElementTree.parse(os.path.join(folder, "ctest.junit")).getroot().iter("testcase"):
        ok = test.get("status") == "run"
        report = os.path.join(folder, f"{test.get('name')}_test.xml")
        cases = bad = 0
        if os.path.exists(report):
            suites = ElementTree.parse(report).getroot()
            skipped = sum(int(suite.get("skipped")) for suite in suites.iter("testsuite"))
            cases = int(suites.get("tests")) - int(suites.get("disabled")) - skipped
            bad = int(suites.get("failures")) + int(suites.get("errors"))
        if not ok and bad == 0:
            bad, cases = 1, cases + 1
        elif cases == 0:
            cases = 1
        passed += cases - bad
        failed += bad
    return passed, failed


if __name__ == "__main__":
    print(*count(sys.argv[1]))
