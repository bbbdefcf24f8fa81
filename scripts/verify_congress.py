#!/usr/bin/python3
"""Compares the example's directory and phone book with what the CSV files say, entry by entry.

    verify_congress.py [--self-test] [--data FOLDER] [--phonebook FILE] DATE

Works out what must stand there from all dates up to DATE, by the rules of examples/congress and
without any code of Muster's: people and committees of DATE itself, addresses handed out since the
first date, and seats kept where a date would have removed more of them than the limit allows. The
directory is the one that LDAP_URL, LDAP_BIND_DN and LDAP_PASSWORD name. Prints every difference;
exit code 1 where there are any. --self-test spoils what was read, one thing after the other, and
fails unless each is noticed.
"""

import argparse
import copy
import csv
import math
import os
import sys
import unicodedata

from directory import BASE, Entry, normalize, read_directory

REMOVALS_LIMIT_PERCENT = 75
PLACEHOLDER = f"cn=nobody,{BASE}"
CONTAINERS = {BASE, f"ou=people,{BASE}", f"ou=house,ou=people,{BASE}",
              f"ou=senate,ou=people,{BASE}", f"ou=committees,{BASE}"}
# Letters that no decomposition brings to ASCII; those the records could hold.
SPECIAL_LETTERS = str.maketrans({
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
    "ł": "l", "Ł": "L", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i", "ħ": "h", "Ħ": "H"})


def ascii_letters(text):
    """Transliterated to ASCII, letters only, lower case."""
    decomposed = unicodedata.normalize("NFKD", text.translate(SPECIAL_LETTERS))
    return "".join(c for c in decomposed if c.isascii() and c.isalpha()).lower()


def rows(folder, name):
    with open(os.path.join(folder, name), newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def chamber_of(person):
    return "senate" if person["chamber"] == "sen" else "house"


def given_name(person):
    return person["nickname"] or person["first"]


def full_name(person):
    return person["official_full"] or f"{person['first']} {person['last']}"


def person_dn(person):
    return f"uid={person['bioguide'].lower()},ou={chamber_of(person)},ou=people,{BASE}"


def committee_dn(committee_id):
    return f"cn={committee_id},ou=committees,{BASE}"


class World:
    """What must stand in the directory after the dates walked so far."""

    def __init__(self):
        self.people = {}      # bioguide → row
        self.known = {}       # the same, of everybody who ever sat, as last seen
        self.committees = {}  # committee_id → row
        self.twitter = {}     # govtrack → account
        self.members = set()  # (committee_id, bioguide)
        self.chairs = set()
        self.mail = {}        # bioguide → address, for ever
        self.seats_held = False

    def walk(self, folder):
        parents_before = self.parent_links()
        links_before = len(parents_before) + len(self.members) + len(self.chairs)
        self.people = {row["bioguide"]: row for row in rows(folder, "people.csv")
                       if row["bioguide"]}
        self.known.update(self.people)
        self.committees = {row["committee_id"]: row for row in rows(folder, "committees.csv")
                           if row["committee_id"]}
        self.twitter = {row["govtrack"]: row["twitter"] for row in rows(folder, "social.csv")
                        if row["govtrack"] and row["twitter"]}
        self.hand_out_mail()

        seats = [row for row in rows(folder, "memberships.csv")
                 if row["committee_id"] in self.committees and row["bioguide"] in self.people]
        members = {(row["committee_id"], row["bioguide"]) for row in seats}
        chairs = {(row["committee_id"], row["bioguide"]) for row in seats
                  if row["title"].startswith("Chair")}
        removed = (len(self.held(self.members) - members) + len(self.held(self.chairs) - chairs) +
                   len({link for link in parents_before - self.parent_links()
                        if link[0] in self.committees}))
        self.seats_held = removed > math.ceil(links_before * REMOVALS_LIMIT_PERCENT / 100)
        if self.seats_held:
            # No value is removed but those of people whose entries went: they go with them.
            members |= self.held(self.members)
            chairs |= self.held(self.chairs)
        self.members, self.chairs = members, chairs

    def held(self, seats):
        return {(key, person) for key, person in seats
                if key in self.committees and person in self.people}

    def parent_links(self):
        return {(key, row["parent_id"]) for key, row in self.committees.items() if row["parent_id"]}

    def hand_out_mail(self):
        taken = set(self.mail.values())
        for bioguide, person in self.people.items():
            if bioguide in self.mail:
                continue
            stem = ascii_letters(given_name(person))[:1] + ascii_letters(person["last"])
            number = 1
            address = f"{stem}@congress.example"
            while address in taken:
                number += 1
                address = f"{stem}{number}@congress.example"
            taken.add(address)
            self.mail[bioguide] = address

    def person_entry(self, person):
        twitter = self.twitter.get(person["govtrack"])
        links = {person["url"], f"https://twitter.com/{twitter}" if twitter else ""} - {""}
        attributes = {
            "uid": [person["bioguide"].lower()],
            "employeeNumber": [person["bioguide"]],
            "givenName": [given_name(person)],
            "sn": [person["last"]],
            "cn": [full_name(person)],
            "displayName": [full_name(person)],
            "title": ["Senator" if person["chamber"] == "sen" else "Representative"],
            "st": [person["state"]],
            "businessCategory": [person["party"]],
            "telephoneNumber": [person["phone"]],
            "postalAddress": [person["address"]],
            "labeledURI": sorted(links),
            "mail": [self.mail[person["bioguide"]]],
        }
        return Entry(person_dn(person), attributes)

    def committee_entry(self, committee):
        key = committee["committee_id"]
        parent = committee["parent_id"]
        attributes = {
            "cn": [key],
            "description": [committee["name"]],
            "seeAlso": [committee_dn(parent)] if parent in self.committees else [],
            "owner": self.seated(key, self.chairs),
            "member": self.seated(key, self.members) or [PLACEHOLDER],
        }
        return Entry(committee_dn(key), attributes)

    def seated(self, committee_id, seats):
        return [person_dn(self.known[person]) for key, person in seats if key == committee_id]

    def directory(self):
        entries = [self.person_entry(person) for person in self.people.values()]
        entries += [self.committee_entry(committee) for committee in self.committees.values()]
        return entries

    def phonebook(self):
        return sorted((full_name(p), p["phone"], chamber_of(p), p["state"])
                      for p in self.people.values())


def comparable(entry, name):
    """The values of one attribute as a set that compares by meaning; absent values left out."""
    values = [value for value in entry.values(name) if value]
    if name in ("member", "owner", "seeAlso"):
        values = [normalize(value) for value in values]
    return sorted(values)


def differences(want, have):
    lacks = [value for value in want if value not in have]
    has = [value for value in have if value not in want]
    return " and ".join(filter(None, [f"lacks {lacks}" if lacks else "",
                                      f"should not have {has}" if has else ""]))


def compare_directory(expected, actual):
    """Every difference, as text."""
    expected = {normalize(entry.dn): entry for entry in expected}
    actual = {normalize(entry.dn): entry for entry in actual
              if normalize(entry.dn) not in CONTAINERS}
    complaints = [f"missing: {expected[dn].dn}" for dn in expected.keys() - actual.keys()]
    complaints += [f"should not be there: {actual[dn].dn}"
                   for dn in actual.keys() - expected.keys()]
    for dn in sorted(expected.keys() & actual.keys()):
        object_class = "inetOrgPerson" if dn.startswith("uid=") else "groupOfNames"
        if object_class not in actual[dn].values("objectClass"):
            complaints.append(f"{dn}: wrong objectClass {actual[dn].values('objectClass')}")
        names = expected[dn].attributes.keys() | actual[dn].attributes.keys()
        for name in sorted(names - {"objectClass", "entryUUID"}):
            want, have = comparable(expected[dn], name), comparable(actual[dn], name)
            if want != have:
                complaints.append(f"{dn}: {name} {differences(want, have)}")
    return complaints


def read_phonebook(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [(row["name"], row["phone"], row["chamber"], row["state"])
                for row in csv.DictReader(file)]


def compare_phonebook(expected, actual):
    complaints = [f"phone book: missing {row}" for row in sorted(set(expected) - set(actual))]
    complaints += [f"phone book: should not be there {row}"
                   for row in sorted(set(actual) - set(expected))]
    if len(actual) != len(set(actual)):
        complaints.append("phone book: a row stands there twice")
    names = [row[0] for row in actual]
    if names != sorted(names):
        complaints.append("phone book: not sorted by name")
    return complaints


def self_test_phonebook(expected, actual):
    spoiled = {"a missing row": actual[1:], "a row too many": actual + [actual[0]],
               "a wrong row": [("A", "1", "house", "NY")] + actual[1:],
               "another order": actual[::-1]}
    before = len(compare_phonebook(expected, actual))
    return [f"self-test: {what} in the phone book went unnoticed"
            for what, rows_read in spoiled.items()
            if len(compare_phonebook(expected, rows_read)) <= before]


def self_test(expected, actual):
    """Spoils the directory as read in every way there is a complaint for; each must be noticed."""
    def person(entries):
        return next(e for e in entries if e.dn.startswith("uid="))

    def committee(entries):
        return next(e for e in entries
                    if e.dn.startswith("cn=") and len(e.values("member")) > 1)

    def move(entry):
        entry.dn = entry.dn.replace("ou=house", "ou=nowhere").replace("ou=senate", "ou=nowhere")

    spoilers = {
        "a missing entry": lambda es: es.remove(person(es)),
        "an entry too many": lambda es: es.append(Entry(f"uid=x,ou=house,ou=people,{BASE}", {})),
        "an entry in the wrong place": lambda es: move(person(es)),
        "a wrong address": lambda es: person(es).attributes.update(mail=["x@congress.example"]),
        "a missing member": lambda es: committee(es).attributes["member"].pop(),
        "a wrong parent": lambda es: committee(es).attributes.update(seeAlso=[committee_dn("X")]),
        "an attribute too many": lambda es: person(es).attributes.update(description=["x"]),
        "a wrong object class": lambda es: person(es).attributes.update(objectClass=["person"]),
    }
    unnoticed = []
    for what, spoil in spoilers.items():
        spoiled = copy.deepcopy(actual)
        spoil(spoiled)
        if len(compare_directory(expected, spoiled)) <= len(compare_directory(expected, actual)):
            unnoticed.append(f"self-test: {what} went unnoticed")
    return unnoticed


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="Compares the example with the CSV files.")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--data", default=os.path.join(here, "..", "examples", "congress", "data"))
    parser.add_argument("--phonebook", default=os.environ.get("PHONEBOOK"))
    parser.add_argument("date")
    arguments = parser.parse_args()

    dates = sorted(d for d in os.listdir(arguments.data) if d <= arguments.date)
    if arguments.date not in dates:
        parser.error(f"no date {arguments.date} in {arguments.data}")
    world = World()
    for date in dates:
        world.walk(os.path.join(arguments.data, date))

    expected, actual = world.directory(), read_directory()
    complaints = compare_directory(expected, actual)
    if arguments.self_test:
        complaints += self_test(expected, actual)
    if arguments.phonebook:
        book = read_phonebook(arguments.phonebook)
        complaints += compare_phonebook(world.phonebook(), book)
        if arguments.self_test:
            complaints += self_test_phonebook(world.phonebook(), book)
    for complaint in complaints[:50]:
        print(complaint)
    if complaints:
        print(f"{arguments.date}: {len(complaints)} differences")
        return 1
    print(f"{len(world.people)} people, {len(world.committees)} committees, "
          f"{len(world.members)} seats"
          f"{' (kept by the limit)' if world.seats_held else ''}: "
          f"directory{' and phone book' if arguments.phonebook else ''} as the CSV files say")
    return 0


if __name__ == "__main__":
    sys.exit(main())
