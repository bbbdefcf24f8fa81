"""Reads an LDAP directory through ldapsearch; knows nothing of Muster, so that it can bear witness."""

import base64
import os
import subprocess

BASE = "dc=congress,dc=example"


class Entry:
    """One entry: its DN and its values by attribute (a list each, as the server gave them)."""

    def __init__(self, dn, attributes):
        self.dn = dn
        self.attributes = attributes

    def values(self, name):
        return self.attributes.get(name, [])

    def first(self, name):
        return self.values(name)[0] if self.values(name) else ""


def parse_ldif(text):
    """Entries of RFC 2849 content records without URLs."""
    entries = []
    for record in text.replace("\n ", "").split("\n\n"):
        dn, attributes = None, {}
        for line in record.split("\n"):
            if not line or line.startswith("#"):
                continue
            name, _, value = line.partition(":")
            if value.startswith(":"):
                value = base64.b64decode(value[1:].strip()).decode("utf-8")
            else:
                value = value.strip(" ")
            if name == "dn":
                dn = value
            else:
                attributes.setdefault(name, []).append(value)
        if dn is not None:
            entries.append(Entry(dn, attributes))
    return entries


def read_directory():
    """Every entry below BASE of the server that LDAP_URL, LDAP_BIND_DN and LDAP_PASSWORD name."""
    command = ["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", os.environ["LDAP_URL"],
               "-D", os.environ["LDAP_BIND_DN"], "-y", "/dev/stdin", "-b", BASE, "*", "entryUUID"]
    done = subprocess.run(command, input=os.environ["LDAP_PASSWORD"], capture_output=True,
                          encoding="utf-8", check=False)
    if done.returncode != 0:
        raise SystemExit(f"ldapsearch failed ({done.returncode}): {done.stderr.strip()}")
    return parse_ldif(done.stdout)


def normalize(dn):
    """For comparing the DNs of this example, in which nothing needs an escape."""
    return ",".join(part.strip() for part in dn.split(",")).lower()
