#pragma once

#include <string_view>

namespace muster {

/// The muster.yaml that goes with a generated population: CSV files → metaverse → a directory.
inline constexpr std::string_view kGeneratedConfiguration =
    R"yaml(# A generated population, kept in an LDAP directory that has dc=muster,dc=example. Before `muster run`:
#   export LDAP_URL=ldap://localhost:389 LDAP_BIND_DN=cn=admin,dc=muster,dc=example LDAP_PASSWORD=…

store: muster.db

metaverse:
  person:
    attributes:
      id: text
      employeeNumber: integer
      uuid: guid
      givenName: text
      surname: text
      displayName: text
      title: text
      department: text
      costCenter: integer
      manager: { type: reference, to: person }
      phone: text
      mobile: text
      office: text
      city: text
      country: text
      hired: datetime
      weeklyHours: decimal
      fullTime: boolean
      employeeType: text
      languages: { type: text, multi: true }
      mail:
        type: text
        generate:
          for: id
          value: >
            text.letters(text.lower(text.ascii(givenName .. surname)))
            .. (count > 0 and tostring(count + 1) or "") .. "@muster.example"
  group:
    attributes:
      id: text
      name: text
      owner: { type: reference, to: person }
      members: { type: reference, to: person, multi: true }

systems:
  hr:
    connector: csv
    settings:
      folder: .
    types:
      person:
        settings: { file: people.csv }
        anchor: id
        attributes:
          id: text
          employee_number: integer
          uuid: guid
          given_name: text
          last_name: text
          display_name: text
          title: text
          department: text
          cost_center: integer
          manager: { type: reference, to: person }
          phone: text
          mobile: text
          office: text
          city: text
          country: text
          hired: datetime
          weekly_hours: decimal
          full_time: boolean
          employee_type: text
          languages: { type: text, multi: true }
      group:
        settings: { file: groups.csv }
        anchor: id
        attributes:
          id: text
          name: text
          owner: { type: reference, to: person }
          members:
            type: reference
            to: person
            multi: true
            settings:
              related: { file: memberships.csv, key: group_id, value: person_id }

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
          bases: ["ou=people,dc=muster,dc=example"]
          create_parents: true
        attributes:
          uid: text
          employeeNumber: text
          givenName: text
          sn: text
          cn: text
          displayName: text
          title: text
          departmentNumber: text
          manager: { type: reference, to: person }
          telephoneNumber: text
          mobile: text
          roomNumber: text
          l: text
          employeeType: text
          mail: text
      group:
        settings:
          object_class: groupOfNames
          bases: ["ou=groups,dc=muster,dc=example"]
          create_parents: true
        attributes:
          cn: text
          description: text
          owner: { type: reference, to: person }
          member:
            type: reference
            to: person
            multi: true
            settings: { placeholder: "cn=nobody,dc=muster,dc=example" }

rules:
  people:
    from: hr.person
    to: person
    join: [ { id: id } ]
    project: true
    flows:
      id: id
      employeeNumber: employee_number
      uuid: uuid
      givenName: given_name
      surname: last_name
      displayName: display_name
      title: title
      department: department
      costCenter: cost_center
      manager: manager
      phone: phone
      mobile: mobile
      office: office
      city: city
      country: country
      hired: hired
      weeklyHours: weekly_hours
      fullTime: full_time
      employeeType: employee_type
      languages: languages

  groups:
    from: hr.group
    to: group
    join: [ { id: id } ]
    project: true
    flows:
      id: id
      name: name
      owner: owner
      members: members

  # Entries that are in the directory already are taken over, never added twice.
  directory-people:
    from: directory.person
    to: person
    join: [ { id: uid } ]
  directory-groups:
    from: directory.group
    to: group
    join: [ { id: cn } ]

  people-to-directory:
    from: person
    to: directory.person
    provision: true
    deprovision: delete
    name: >
      dn.join(dn.rdn("uid", id), dn.rdn("ou", department), "ou=people,dc=muster,dc=example")
    flows:
      uid: id
      employeeNumber: { expression: tostring(employeeNumber) }
      givenName: givenName
      sn: surname
      cn: displayName
      displayName: displayName
      title: title
      departmentNumber: { expression: tostring(costCenter) }
      manager: manager
      telephoneNumber: phone
      mobile: mobile
      roomNumber: office
      l: city
      employeeType: employeeType
      mail: mail

  groups-to-directory:
    from: group
    to: directory.group
    provision: true
    deprovision: delete
    name: dn.join(dn.rdn("cn", id), "ou=groups,dc=muster,dc=example")
    flows:
      cn: id
      description: name
      owner: owner
      member: members
)yaml";

}  // namespace muster
