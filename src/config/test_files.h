#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/loader.h"

namespace muster::config {

/// Loads a configuration from texts by path.
inline Loaded load_texts(const std::map<std::string, std::string>& files,
                         const std::string& path = "muster.yaml") {
    return load(path, [&](const std::string& wanted) {
        const auto found = files.find(wanted);
        return found == files.end() ? FileText{{}, "No such file"} : FileText{found->second, {}};
    });
}

inline Loaded load_text(const std::string& text) {
    return load_texts({{"muster.yaml", text}});
}

/// Complaints as they are printed.
inline std::vector<std::string> printed(const Loaded& loaded) {
    std::vector<std::string> lines;
    for (const auto& complaint : loaded.complaints) {
        lines.push_back(format_complaint(complaint));
    }
    return lines;
}

/// A small configuration with everything in it, and nothing wrong with it.
inline constexpr const char* kSound = R"(store: muster.db
history: 30
metaverse:
  person:
    attributes:
      id: text
      number: integer
      surname: text
      emails: { type: text, multi: true, merge: union }
      manager: { type: reference, to: person }
      phone: { type: text, precedence: [ldap-people, hr-people] }
      mail: { generate: { for: id, value: id .. count } }
    delete: { when_gone_from: [hr], grace: 30 days }
  team:
    attributes:
      name: text
      members: { type: reference, to: person, multi: true }
systems:
  hr:
    connector: csv
    settings: { folder: data }
    types:
      person:
        settings: { file: people.csv }
        anchor: id
        attributes:
          id: text
          number: integer
          last: text
          nicks: { type: text, multi: true }
          boss: { type: reference, to: person }
          phone: { type: text, settings: { column: telephone } }
      team:
        settings: { file: teams.csv }
        anchor: [name]
        attributes:
          name: text
          members: { type: reference, to: person, multi: true }
  ldap:
    connector: ldap
    settings: { url: "ldap://localhost", bind_dn: cn=x, password: "${env:PASSWORD}" }
    limits: { deletes: 5, updates: none }
    types:
      person:
        settings: { object_class: [inetOrgPerson], bases: "dc=x" }
        attributes:
          uid: text
          sn: text
          mail: { type: text, multi: true }
          manager: { type: reference, to: person }
          phone: text
        limits: { deletes: 25%, removals: { count: 7, percent: 0.5% } }
rules:
  hr-people:
    from: hr.person
    to: person
    scope: last ~= nil
    join: [ { id: id }, { number: number, surname: last } ]
    project: true
    flows:
      id: id
      number: number
      surname: { expression: text.upper(last), null: assert }
      emails: nicks
      manager: boss
      phone: phone
  hr-teams:
    from: hr.team
    to: team
    project: true
    flows: { name: name, members: members }
  ldap-people:
    from: ldap.person
    to: person
    join: [ { id: uid } ]
    flows: { emails: mail, phone: phone }
  people-ldap:
    from: person
    to: ldap.person
    scope: surname
    provision: true
    name: dn.rdn("uid", id)
    flows:
      uid: id
      sn: { constant: Somebody, initial: true }
      manager: manager
      mail: emails
    deprovision:
      action: move_and_disable
      name: dn.rdn("uid", id)
      flows: { sn: { constant: Gone } }
processing: in-memory
memory: 512 MiB
)";

}  // namespace muster::config
