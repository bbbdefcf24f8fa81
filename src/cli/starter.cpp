#include "cli/starter.h"

namespace muster {
namespace {

constexpr const char* kHead =
    R"(# Muster's configuration. `muster check` validates it, `muster preview` shows what a run would do, and
# `muster schema --reference` explains every key.

# Everything Muster knows is kept in this file, beside muster.yaml.
store: muster.db

# What joins all systems: the people as your organisation sees them.
metaverse:
  person:
    attributes:
      number: text
      givenName: text
      surname: text
      department: text
      # Handed out once and never changed; tried with count = 0, 1, 2, … until it is free.
      mail:
        type: text
        generate:
          for: number
          value: >
            text.letters(text.lower(text.ascii(givenName .. surname)))
            .. (count > 0 and tostring(count + 1) or "") .. "@example.org"

systems:
  # Where people come from.
  hr:
    connector: csv
    settings:
      folder: .
    types:
      person:
        settings: { file: people.csv }
        # What never changes about a person, so that a changed name is not a leaver and a joiner.
        anchor: number
        attributes:
          number: text
          first: text
          last: text
          department: text
          active: boolean
)";

constexpr const char* kCsvTarget = R"(
  # Where they are to be kept; the file is written by Muster.
  phonebook:
    connector: csv
    settings:
      folder: .
    types:
      entry:
        settings: { file: phonebook.csv, sort: [name] }
        anchor: number
        attributes:
          number: text
          name: text
          department: text
          mail: text
        # A run that would do more than this is held until you release it. These are the defaults:
        # limits: { deletes: 10%, disables: 10%, removals: 20%, updates: 50% }
)";

constexpr const char* kLdapTarget = R"(
  # Where they are to be kept. Secrets never stand here: ${env:…} and ${file:…} say where they are.
  directory:
    connector: ldap
    settings:
      url: ${env:LDAP_URL}
      bind_dn: ${env:LDAP_BIND_DN}
      password: ${env:LDAP_PASSWORD}
    types:
      person:
        settings:
          object_class: inetOrgPerson
          bases: ["ou=people,dc=example,dc=org"]
          create_parents: true
        attributes:
          uid: text
          employeeNumber: text
          givenName: text
          sn: text
          cn: text
          departmentNumber: text
          mail: text
        # A run that would do more than this is held until you release it. These are the defaults:
        # limits: { deletes: 10%, disables: 10%, removals: 20%, updates: 50% }
)";

constexpr const char* kInboundRule = R"(
rules:
  # From HR into the metaverse.
  people:
    from: hr.person
    to: person
    scope: active ~= false
    join: [ { number: number } ]
    project: true # nobody there yet: make a new person
    flows:
      number: number
      givenName: first
      surname: last
      department: department
)";

constexpr const char* kCsvRules = R"(
  # And out again. Whoever leaves HR is deleted.
  people-to-phonebook:
    from: person
    to: phonebook.entry
    provision: true
    deprovision: delete
    flows:
      number: number
      name: { expression: givenName .. " " .. surname }
      department: department
      mail: mail
)";

constexpr const char* kLdapRules = R"(
  # Entries that are in the directory already are taken over, never added twice.
  directory-people:
    from: directory.person
    to: person
    join: [ { number: employeeNumber } ]

  # And out again. Whoever leaves HR is deleted.
  people-to-directory:
    from: person
    to: directory.person
    provision: true
    deprovision: delete
    name: dn.join(dn.rdn("uid", number), "ou=people,dc=example,dc=org")
    flows:
      uid: number
      employeeNumber: number
      givenName: givenName
      sn: surname
      cn: { expression: givenName .. " " .. surname }
      departmentNumber: department
      mail: mail
)";

}  // namespace

std::string starter_configuration(bool to_ldap) {
    return std::string(kHead) + (to_ldap ? kLdapTarget : kCsvTarget) + kInboundRule +
           (to_ldap ? kLdapRules : kCsvRules);
}

std::string starter_people() {
    return "number,first,last,department,active\n"
           "1001,Ada,Lovelace,Research,true\n"
           "1002,Grace,Hopper,Engineering,true\n"
           "1003,Łukasz,Nowak,Engineering,true\n";
}

}  // namespace muster
