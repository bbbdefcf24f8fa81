#!/usr/bin/python3
"""Says in one table line what happened in the example's directory since the last call.

    directory_changes.py [--header] SNAPSHOT

Reads the directory that LDAP_URL, LDAP_BIND_DN and LDAP_PASSWORD name, compares it with the
snapshot of the call before and replaces that. Entries are told apart by entryUUID: one that was
deleted and added again counts as left and joined, one that was renamed as moved.
"""

import argparse
import json
import os

from directory import normalize, read_directory

COLUMNS = ["joined", "moved", "left", "changed", "committees", "seats"]
REFERENCES = ("member", "owner", "seeAlso")
NAMES_SHOWN = 3


def load(path):
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def snapshot():
    entries = {}
    for entry in read_directory():
        if entry.values("employeeNumber") or "groupOfNames" in entry.values("objectClass"):
            entries[entry.first("entryUUID")] = {"dn": normalize(entry.dn), **entry.attributes}
    return entries


def is_person(entry):
    return "employeeNumber" in entry


def scalars(entry):
    return {name: sorted(values) for name, values in entry.items()
            if name != "dn" and name not in REFERENCES}


def seats(entries):
    """(committee, person) by entryUUID, so that a moved member keeps the seat."""
    by_dn = {entry["dn"]: uuid for uuid, entry in entries.items()}
    return {(uuid, by_dn[normalize(member)]) for uuid, entry in entries.items()
            for member in entry.get("member", []) if normalize(member) in by_dn}


def names(people):
    shown = sorted(person["displayName"][0] for person in people)
    more = f" and {len(shown) - NAMES_SHOWN} more" if len(shown) > NAMES_SHOWN else ""
    return ", ".join(shown[:NAMES_SHOWN]) + more


def signed(plus, minus):
    return f"+{plus} -{minus}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--header", action="store_true")
    parser.add_argument("snapshot")
    arguments = parser.parse_args()
    if arguments.header:
        print("  ".join(f"{column:>10}" for column in COLUMNS))
        return

    before, after = load(arguments.snapshot), snapshot()
    people_before = {u: e for u, e in before.items() if is_person(e)}
    people = {u: e for u, e in after.items() if is_person(e)}
    joined = [people[u] for u in people.keys() - people_before.keys()]
    left = [people_before[u] for u in people_before.keys() - people.keys()]
    stayed = people.keys() & people_before.keys()
    moved = [people[u] for u in stayed if people[u]["dn"] != people_before[u]["dn"]]
    changed = [u for u in stayed if scalars(people[u]) != scalars(people_before[u])]
    groups_before, groups = before.keys() - people_before.keys(), after.keys() - people.keys()
    # A seat whose holder or committee is gone went with them; counted is what was given and taken.
    seats_after = seats(after)
    seats_before = {(group, person) for group, person in seats(before)
                    if group in after and person in after}
    cells = [len(joined), len(moved), len(left), len(changed),
             signed(len(groups - groups_before), len(groups_before - groups)),
             signed(len(seats_after - seats_before), len(seats_before - seats_after))]
    print("  ".join(f"{cell:>10}" for cell in cells))
    if before:
        for what, whom in (("joined", joined), ("moved", moved), ("left", left)):
            if whom:
                print(f"              {what:>6}: {names(whom)}")

    with open(arguments.snapshot, "w", encoding="utf-8") as file:
        json.dump(after, file)


if __name__ == "__main__":
    main()
