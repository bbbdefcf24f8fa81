// Every way to get the configuration wrong: the sound one of test_files.h with one thing changed,
// and what is said about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "config/test_files.h"

namespace muster::config {
namespace {

struct Mistake {
    const char* name;
    std::string from;  ///< this piece of the sound configuration (its first occurrence)
    std::string to;    ///< becomes this; ‸ marks where the complaint must point
    std::vector<std::string> complaints;  ///< without "muster.yaml:"; @ stands for the mark
};

void PrintTo(const Mistake& mistake, std::ostream* out) {
    *out << mistake.name;
}

constexpr std::string_view kMark = "‸";

/// Makes the mistake and resolves the mark in what is expected.
void make(const Mistake& mistake, std::string& text, std::vector<std::string>& expected) {
    text = kSound;
    const auto at = text.find(mistake.from);
    ASSERT_NE(at, std::string::npos) << mistake.from;
    text.replace(at, mistake.from.size(), mistake.to);
    std::string place = "no mark";
    if (const auto mark = text.find(kMark); mark != std::string::npos) {
        text.erase(mark, kMark.size());
        const auto before = std::string_view(text).substr(0, mark);
        const auto line = std::ranges::count(before, '\n') + 1;
        const auto start = before.rfind('\n');
        const auto column = mark - (start == std::string_view::npos ? 0 : start + 1) + 1;
        place = std::to_string(line) + ":" + std::to_string(column);
    }
    for (auto line : mistake.complaints) {
        if (line.starts_with('@')) {
            line.replace(0, 1, place);
        }
        expected.push_back("muster.yaml:" + line);
    }
}

class Complain : public ::testing::TestWithParam<Mistake> {};

TEST_P(Complain, ExactlyThis) {
    std::string text;
    std::vector<std::string> expected;
    make(GetParam(), text, expected);
    EXPECT_THAT(printed(load_text(text)), ::testing::ElementsAreArray(expected));
}

std::string name_of(const ::testing::TestParamInfo<Mistake>& info) {
    return info.param.name;
}

const Mistake kKeys[] = {
    {"UnknownTopKey",
     "history:",
     "‸histroy:",
     {"@: error: unknown key 'histroy' (did you mean 'history'?)"}},
    {"UnknownSystemKey",
     "settings: { folder: data }",
     "‸setings: { folder: data }",
     {"@: error: unknown key 'setings' in systems.hr (did you mean 'settings'?)"}},
    {"UnknownFlowKey",
     "null: assert",
     "‸nul: assert",
     {"@: error: unknown key 'nul' in rules.hr-people.flows.surname (did you mean 'null'?)"}},
    {"InitialIsOutbound",
     "null: assert",
     "‸initial: true",
     {"@: error: unknown key 'initial' in rules.hr-people.flows.surname (one of from, constant, "
      "expression, null)"}},
    {"NullIsInbound",
     "initial: true",
     "‸null: assert",
     {"@: error: unknown key 'null' in rules.people-ldap.flows.sn (one of from, constant, "
      "expression, initial)"}},
    {"JoinIsInbound",
     "    provision: true",
     "    ‸join: []",
     {"@: error: unknown key 'join' in rules.people-ldap (one of from, to, scope, provision, name, "
      "flows, deprovision)"}},
    {"KeySaidTwice",
     "history: 30",
     "history: 30\n‸history: 31",
     {"@: error: 'history' is said twice (the first is at muster.yaml:2:1; keep one of them)"}},
    {"MissingConnector",
     "  hr:\n    connector: csv\n",
     "  ‸hr:\n",
     {"@: error: systems.hr lacks 'connector' (add connector: How it is reached.)"}},
    {"NotAMapping",
     "settings: { folder: data }",
     "settings: ‸data",
     {"@: error: systems.hr.settings must be a mapping, not 'data' (write {} where there is "
      "none)"}},
    {"NothingForAMapping",
     "settings: { folder: data }",
     "‸settings:",
     {"@: error: systems.hr.settings must be a mapping, not nothing (write {} where there is "
      "none)"}},
    {"WrongNumber",
     "history: 30",
     "history: ‸-1",
     {"@: error: history must be a whole number, not '-1'"}},
    {"HistoryTooShort",
     "history: 30",
     "history: ‸0",
     {"@: error: history must be 1 to 36525 days"}},
    {"UnknownProcessing",
     "processing: in-memory",
     "processing: ‸memory",
     {"@: error: processing cannot be 'memory' (one of direct, in-memory)"}},
    {"MemoryWithoutUnit",
     "memory: 512 MiB",
     "memory: ‸512",
     {"@: error: memory must be an amount of memory, not '512' (say it as 512 MiB or 2 GiB)"}},
    {"StoreIsAPlainPath",
     "store: muster.db",
     "store: ‸${env:STORE}",
     {"@: error: the store's path cannot hold references (write the path; relative ones start at "
      "the folder of this file)"}},
    {"WrongBoolean",
     "provision: true",
     "provision: ‸yes",
     {"@: error: rules.people-ldap.provision must be true or false, not 'yes'"}},
    {"WrongGrace",
     "30 days",
     "‸30 dais",
     {"@: error: metaverse.person.delete.grace must be a length of time, not '30 dais' (say it as "
      "30 days, 12 hours or 0 days)"}},
    {"WrongLimit",
     "deletes: 5",
     "deletes: ‸5 people",
     {"@: error: systems.ldap.limits.deletes must be a limit, not '5 people' (say a share (25%), a "
      "number (100), none, or {count: 100, percent: 25%})"}},
    {"LimitOver100",
     "deletes: 25%",
     "deletes: ‸125%",
     {"@: error: systems.ldap.types.person.limits.deletes must be a limit, not '125%' (say a share "
      "(25%), a number (100), none, or {count: 100, percent: 25%})"}},
    {"WrongPercent",
     "percent: 0.5%",
     "percent: ‸lots",
     {"@: error: systems.ldap.types.person.limits.removals.percent must be a share from 0% to "
      "100%, not 'lots'"}},
    {"WrongConnector",
     "connector: csv",
     "connector: ‸cvs",
     {"@: error: systems.hr.connector cannot be 'cvs' (did you mean 'csv'?)"}},
    {"TwoSourcesOfAFlow",
     "sn: { constant",
     "‸sn: { from: surname, constant",
     {"@: error: rules.people-ldap.flows.sn says more than one of from, constant, expression (say "
      "exactly one of them)"}},
    {"NoSourceOfAFlow",
     "sn: { constant: Somebody, ",
     "‸sn: { ",
     {"@: error: rules.people-ldap.flows.sn says none of from, constant, expression (say exactly "
      "one of them)"}},
    {"BadJoin",
     "join: [ { id: uid } ]",
     "join: ‸{ id: uid }",
     {"@: error: rules.ldap-people.join must be a list of mappings, not a mapping (write [ { "
      "METAVERSE-ATTRIBUTE: CONNECTOR-ATTRIBUTE } ])"}},
    {"RuleWithoutDirection",
     "  hr-teams:\n    from: hr.team\n",
     "  ‸hr-teams:\n    from: team\n",
     {"14:3: warning: no rule leads into team (add an inbound rule, or leave the type out)",
      "@: error: rules.hr-teams leads neither into the metaverse nor out of it (say from: "
      "SYSTEM.TYPE and to: METAVERSE-TYPE, or the reverse)"}},
};
INSTANTIATE_TEST_SUITE_P(Keys, Complain, ::testing::ValuesIn(kKeys), name_of);

const Mistake kTypes[] = {
    {"UnknownType",
     "number: integer",
     "number: ‸integr",
     {"@: error: metaverse.person.attributes.number cannot be 'integr' (did you mean 'integer'?)",
      "58:35: warning: person.number (text) is matched with hr.person.number (integer) (texts that "
      "are spelled otherwise, as 007 for 7, find nothing; give both the same type)"}},
    {"ReferenceToNothing",
     "manager: { type: reference, to: person }",
     "‸manager: { type: reference }",
     {"@: error: the reference person.manager does not say what it refers to (add to: TYPE, a type "
      "of the metaverse)"}},
    {"ReferenceToUnknown",
     "boss: { type: reference, to: person }",
     "boss: { type: reference, to: ‸persona }",
     {"@: error: unknown type 'persona' of hr (did you mean 'person'?)"}},
    {"ToOfAText",
     "nicks: { type: text,",
     "nicks: { type: text, to: ‸team,",
     {"@: error: hr.person.nicks is no reference, so it refers to nothing (say type: reference, or "
      "leave 'to' out)"}},
    {"BadTypeName",
     "  team:\n    attributes:\n      name",
     "  ‸a.b: { attributes: { x: text } }\n  team:\n    attributes:\n      name",
     {"@: error: 'a.b' is no name for a type (use letters, digits and _-, at most 128 "
      "bytes, "
      "beginning with a letter or digit)"}},
    {"BadAttributeName",
     "last: text",
     "last: text\n          ‸'full name': text",
     {"@: error: 'full name' is no name for an attribute (use letters, digits and _-.;:, at "
      "most 128 bytes, beginning with a letter or digit)"}},
    {"ReservedSystem",
     "systems:\n",
     "systems:\n  ‸manual: { connector: csv, types: {} }\n",
     {"@: error: a system cannot be called 'manual' (the name is Muster's own; choose another)"}},
    {"UnionOfOne",
     "multi: true, merge: union",
     "merge: ‸union",
     {"@: error: person.emails holds one value, so there is no union (say multi: true, or leave "
      "'merge' out)",
      "64:15: error: hr.person.nicks (multi-valued text) does not fit into person.emails "
      "(single-valued text) (say multi: true for the target, or choose one value with {expression: "
      "list.first(…)})",
      "76:22: error: ldap.person.mail (multi-valued text) does not fit into person.emails "
      "(single-valued text) (say multi: true for the target, or choose one value with {expression: "
      "list.first(…)})"}},
    {"NullInAUnion",
     "emails: nicks",
     "emails: { from: nicks, null: ‸assert }",
     {"@: error: in a union no contribution can assert that there is none (leave 'null' out, or "
      "say merge: first)"}},
    {"GeneratedNumber",
     "mail: { generate: {",
     "mail: { type: integer, generate: ‸{",
     {"@: error: person.mail cannot be generated (a generated attribute is a single-valued "
      "text)"}},
    {"GeneratedForNobody",
     "for: id",
     "for: ‸idd",
     {"@: error: unknown attribute 'idd' of person (did you mean 'id'?)"}},
    {"GeneratedForMany",
     "for: id",
     "for: ‸emails",
     {"@: error: emails cannot identify the owner of mail (name a single-valued attribute that is "
      "neither a reference nor generated)"}},
    {"FlowIntoGenerated",
     "emails: nicks",
     "emails: nicks\n      ‸mail: last",
     {"@: error: person.mail is generated, so nothing flows into it (leave the flow out, or let it "
      "flow into an attribute of its own)"}},
    {"GoneFromUnknown",
     "when_gone_from: [hr]",
     "when_gone_from: [‸hrr]",
     {"@: error: unknown system 'hrr' (did you mean 'hr'?)"}},
    {"GoneFromTwice",
     "when_gone_from: [hr]",
     "when_gone_from: [hr, ‸hr]",
     {"@: error: 'hr' is named twice"}},
    {"UnknownPrecedence",
     "[ldap-people, hr-people]",
     "[‸ldap-peple, hr-people]",
     {"@: error: unknown rule 'ldap-peple' (did you mean 'ldap-people'?)"}},
    {"PrecedenceOfOutbound",
     "[ldap-people, hr-people]",
     "[‸people-ldap, hr-people]",
     {"@: error: the rule 'people-ldap' has no flow into person.phone (name inbound rules)"}},
    {"PrecedenceWithoutFlow",
     "[ldap-people, hr-people]",
     "[‸hr-teams, hr-people]",
     {"@: error: the rule 'hr-teams' has no flow into person.phone (add the flow, or leave the "
      "rule out)"}},
    {"NothingContributes",
     "surname: text\n",
     "surname: text\n      ‸extra: text\n",
     {"@: warning: nothing contributes to person.extra (add a flow into it to an inbound rule, or "
      "leave it out)"}},
    {"NothingProjects",
     "to: team\n    project: true",
     "to: team\n    join: [ { name: name } ]",
     {"14:3: warning: no rule projects to team, so there will be none (say project: true in the "
      "rule of the system that decides who exists)"}},
    {"ProvisionedObjectsAreJoined", "    join: [ { id: uid } ]\n", "", {}},
    {"NeverApplies",
     "  ldap-people:\n",
     "  ‸useless:\n    from: hr.team\n    to: person\n  ldap-people:\n",
     {"@: warning: nothing joins hr.team to person, so the rule never applies (add join: or "
      "project: true, or a rule that provisions)"}},
    {"NothingLeadsIn",
     "systems:\n",
     "  ‸thing: { attributes: { x: text } }\nsystems:\n",
     {"@: warning: no rule leads into thing (add an inbound rule, or leave the type out)"}},
};
INSTANTIATE_TEST_SUITE_P(Types, Complain, ::testing::ValuesIn(kTypes), name_of);

const Mistake kSystems[] = {
    {"UnknownSetting",
     "folder: data",
     "‸foldr: data",
     {"@: error: unknown setting 'foldr' of hr (did you mean 'folder'?)"}},
    {"SettingOfAnotherLevel",
     "settings: { file: people.csv }",
     "settings: { file: people.csv, ‸folder: x }",
     {"@: error: unknown setting 'folder' of hr.person (one of file, columns, sort)"}},
    {"MissingSetting",
     "      team:\n        settings: { file: teams.csv }\n",
     "      ‸team:\n",
     {"@: error: hr.team lacks the setting 'file' (add to its settings file: The file with one row "
      "per object; relative to the folder.)"}},
    {"PlainSecret",
     "\"${env:PASSWORD}\"",
     "‸hunter2",
     {"@: error: ldap.password is a secret written out in plain text (refer to it as ${env:NAME} "
      "or ${file:PATH})"}},
    {"HalfPlainSecret",
     "\"${env:PASSWORD}\"",
     "‸\"x${env:PASSWORD}\"",
     {"@: error: ldap.password is a secret written out in plain text (refer to it as ${env:NAME} "
      "or ${file:PATH})"}},
    {"BadReference",
     "folder: data",
     "folder: ‸\"${evn:DATA}/x\"",
     {"@: error: hr.folder: '${evn:DATA}' is no reference (write ${env:NAME} or ${file:PATH})"}},
    {"ReferenceOfAShell",
     "\"${env:PASSWORD}\"",
     "‸\"${env:PASSWORD:-hunter2}\"",
     {"@: error: ldap.password: '${env:PASSWORD…}' is no reference (write ${env:NAME} or "
      "${file:PATH})"}},
    {"FileReferenceOfAShell",
     "\"${env:PASSWORD}\"",
     "‸\"${file:secret:-hunter2}\"",
     {"@: error: ldap.password: '${file:secret…}' is no reference (write ${env:NAME} or "
      "${file:PATH})"}},
    {"VariableOfAShell",
     "\"${env:PASSWORD}\"",
     "‸\"${PASSWORD:-hunter2}\"",
     {"@: error: ldap.password: '${PASSWORD:…}' is no reference (write ${env:NAME} or "
      "${file:PATH})"}},
    {"DelimiterOfTwo",
     "folder: data",
     "folder: data, delimiter: ‸;;",
     {R"(@: error: hr.delimiter cannot be ';;' (use one ASCII character, such as "," ";" or "\t", in double quotes))"}},
    {"DelimiterThatQuotes",
     "folder: data",
     "folder: data, delimiter: ‸'\"'",
     {R"(@: error: hr.delimiter cannot be '"' (use one ASCII character, such as "," ";" or "\t", in double quotes))"}},
    {"DelimiterThatEndsLines",
     "folder: data",
     "folder: data, delimiter: ‸\"\\n\"",
     {"@: error: hr.delimiter cannot be '\n' (use one ASCII character, such as \",\" \";\" or "
      "\"\\t\", in double quotes)"}},
    {"OpenReference",
     "folder: data",
     "folder: ‸\"${env:DATA\"",
     {"@: error: hr.folder: '${env:DATA' is no reference (write ${env:NAME} or ${file:PATH})"}},
    {"WrongChoice",
     "bind_dn: cn=x",
     "sasl: ‸digest",
     {"@: error: ldap.sasl cannot be 'digest' (there is only external)"}},
    {"WrongKind",
     "bind_dn: cn=x",
     "page_size: ‸many",
     {"@: error: ldap.page_size must be a whole number"}},
    {"WrongFlag",
     "bind_dn: cn=x",
     "start_tls: ‸on",
     {"@: error: ldap.start_tls must be true or false"}},
    {"ListForAText",
     "bind_dn: cn=x",
     "bind_dn: ‸[cn=x]",
     {"@: error: ldap.bind_dn must be a text"}},
    {"MappingInAList",
     "bases: \"dc=x\"",
     "bases: [‸{ a: b }]",
     {"@: error: ldap.person.bases must be a text or a list of texts"}},
    {"NestedSettings",
     "settings: { column: telephone }",
     "settings: { ‸related: { file: x.csv, key: a, valu: b } }",
     {"@: error: hr.person.phone.related lacks the setting 'value' (add to its settings value: Its "
      "column with the value.)",
      "32:76: error: unknown setting 'valu' of hr.person.phone.related (did you mean 'value'?)"}},
    {"MissingAnchor",
     "        anchor: [name]\n",
     "",
     {"33:7: error: hr.team lacks an anchor (add anchor: ATTRIBUTE, what identifies an object for "
      "ever; csv has no identifier of its own)"}},
    {"UnknownAnchor",
     "anchor: [name]",
     "anchor: [‸nam]",
     {"@: error: unknown attribute 'nam' of hr.team (did you mean 'name'?)"}},
    {"AnchorOfMany",
     "anchor: id",
     "anchor: [id, ‸nicks]",
     {"@: error: hr.person.nicks cannot be an anchor (an anchor is a single value and no "
      "reference)"}},
    {"AnchorTwice", "anchor: id", "anchor: [id, ‸id]", {"@: error: 'id' is named twice"}},
};
INSTANTIATE_TEST_SUITE_P(Systems, Complain, ::testing::ValuesIn(kSystems), name_of);

const Mistake kRules[] = {
    {"UnknownSystem",
     "from: hr.team",
     "from: ‸rh.team",
     {"14:3: warning: no rule leads into team (add an inbound rule, or leave the type out)",
      "@: error: unknown system 'rh' (did you mean 'hr'?)"}},
    {"UnknownConnectorType",
     "to: ldap.person",
     "to: ‸ldap.persn",
     {"@: error: unknown type 'persn' of ldap (did you mean 'person'?)"}},
    {"UnknownMetaverseType",
     "    from: person\n",
     "    from: ‸parson\n",
     {"@: error: unknown type 'parson' of the metaverse (did you mean 'person'?)"}},
    {"UnknownSource",
     "emails: nicks",
     "emails: ‸nick",
     {"@: error: unknown attribute 'nick' of hr.person (did you mean 'nicks'?)"}},
    {"UnknownTarget",
     "emails: nicks",
     "‸email: nicks",
     {"@: error: unknown attribute 'email' of person (did you mean 'emails'?)"}},
    {"UnknownMatchTarget",
     "{ id: uid }",
     "{ ‸idd: uid }",
     {"@: error: unknown attribute 'idd' of person (did you mean 'id'?)"}},
    {"UnknownMatchSource",
     "{ id: uid }",
     "{ id: ‸uidd }",
     {"@: error: unknown attribute 'uidd' of ldap.person (did you mean 'uid'?)"}},
    {"ReferenceMatched",
     "{ id: uid }",
     "{ id: ‸manager }",
     {"@: error: ldap.person.manager is a reference and cannot be matched (match on plain "
      "values)"}},
    {"ManyAmongSeveral",
     "{ id: uid }",
     "{ id: uid, phone: ‸mail }",
     {"@: error: ldap.person.mail is multi-valued and cannot be one of several to match (match "
      "multi-valued attributes alone, or single-valued ones together)"}},
    {"MatchedTypes",
     "{ id: uid }",
     "{ number: ‸uid }",
     {"@: warning: person.number (integer) is matched with ldap.person.uid (text) (texts that are "
      "spelled otherwise, as 007 for 7, find nothing; give both the same type)"}},
    {"TypeMismatch",
     "number: number\n",
     "number: ‸last\n",
     {"@: error: hr.person.last (single-valued text) does not fit into person.number "
      "(single-valued integer) (make the types equal, or convert with {expression: …})"}},
    {"ManyIntoOne",
     "phone: phone\n",
     "phone: ‸nicks\n",
     {"@: error: hr.person.nicks (multi-valued text) does not fit into person.phone (single-valued "
      "text) (say multi: true for the target, or choose one value with {expression: "
      "list.first(…)})"}},
    {"ManyReferencesIntoOne",
     "type: reference, to: person }\n          phone",
     "type: reference, to: person, multi: true }\n          phone",
     {"65:16: error: hr.person.boss (multi-valued reference) does not fit into person.manager "
      "(single-valued reference) (say multi: true for the target)"}},
    {"ReferenceIntoText",
     "phone: phone\n",
     "phone: ‸boss\n",
     {"@: error: hr.person.boss (single-valued reference) does not fit into person.phone "
      "(single-valued text) (a reference flows only into a reference)"}},
    {"TextIntoReference",
     "manager: boss",
     "manager: ‸last",
     {"@: error: hr.person.last (single-valued text) does not fit into person.manager "
      "(single-valued reference) (only a reference flows into a reference)"}},
    {"ExpressionIntoReference",
     "manager: boss",
     "manager: { expression: ‸boss }",
     {"@: error: the reference person.manager cannot come from an expression (let a reference "
      "attribute flow into it)"}},
    {"ConstantIntoReference",
     "manager: boss",
     "manager: { constant: ‸boss }",
     {"@: error: the reference person.manager cannot be a constant (let a reference attribute flow "
      "into it)"}},
    {"BadConstant",
     "number: number\n",
     "number: { constant: ‸seven }\n",
     {"@: error: 'seven' is no value of person.number (it takes a 64-bit integer)"}},
    {"ReferencesWithoutTie",
     "to: person, multi: true }\nsystems",
     "to: team, multi: true }\nsystems",
     {"71:26: warning: hr.team.members refers to hr.person, team.members refers to team, and no "
      "rule ties the two together (these references resolve only where a rule joins, projects or "
      "provisions)"}},
    {"TwoOutboundRules",
     "  people-ldap:\n",
     "  again:\n    from: person\n    to: ldap.person\n  ‸people-ldap:\n",
     {"@: error: a second rule leads from person to ldap.person (the first is 'again' at "
      "muster.yaml:77:3; make one of them)"}},
    {"TwoProjections",
     "  ldap-people:\n",
     "  ‸again:\n    from: hr.person\n    to: team\n    project: true\n  ldap-people:\n",
     {"@: error: objects of hr.person are projected to team here and to person by 'hr-people' (the "
      "other rule is at muster.yaml:54:3; let one of them project, or divide the type into "
      "two)"}},
    {"NameMissing",
     "  people-ldap:\n    from: person\n    to: ldap.person\n    scope: surname\n    provision: "
     "true\n    name: dn.rdn(\"uid\", id)\n",
     "  ‸people-ldap:\n    from: person\n    to: ldap.person\n    provision: true\n",
     {"@: error: people-ldap does not say what new objects are called (add name: EXPRESSION that "
      "gives the name in ldap.person)"}},
    {"NameWithoutNames",
     "  ldap-people:\n",
     "  teams-out:\n    from: team\n    to: hr.team\n    ‸name: name\n    flows: { name: name }\n  "
     "ldap-people:\n",
     {"@: error: objects of hr.team have no names beside their anchors (leave 'name' out)"}},
    {"NoAnchorProvisioned",
     "  ldap-people:\n",
     "  ‸teams-out:\n    from: team\n    to: hr.team\n    provision: true\n  ldap-people:\n",
     {"@: error: teams-out gives new objects no anchor (add a flow into hr.team.name)"}},
    {"MoveWithoutNames",
     "  ldap-people:\n",
     "  teams-out:\n    from: team\n    to: hr.team\n    deprovision: { action: ‸move_and_disable, "
     "name: x }\n  ldap-people:\n",
     {"@: error: objects of a csv system have no names to move them by (say disable or delete)"}},
    {"DisableWithoutFlows",
     "action: move_and_disable\n      name: dn.rdn(\"uid\", id)\n      flows: { sn: { constant: "
     "Gone } }",
     "action: ‸disable",
     {"@: error: disable does not say what to set (write {action: disable, flows: {ATTRIBUTE: "
      "{constant: VALUE}}})"}},
    {"RemovedAndThere",
     "history: 30",
     "history: 30\nremoved: [old, ‸hr]",
     {"@: error: hr is to be removed and is there (leave it out here, or there)"}},
    {"TwoOfOne",
     "sn: text\n          mail",
     "sn: { type: text, settings: { attribute: MAIL } }\n          mail",
     {"87:7: error: ldap.person.sn and ldap.person.mail are one attribute of ldap, and both are "
      "written (make them one attribute, of several types if need be: to: [ person, group ])"}},
    {"MoveWithoutName",
     "      name: dn.rdn(\"uid\", id)\n      flows: { sn",
     "      flows: { sn",
     {"89:15: error: move_and_disable does not say where to (write {action: move_and_disable, "
      "name: "
      "EXPRESSION, flows: {…}})"}},
    {"DeleteSetsNothing",
     "action: move_and_disable\n      name: dn.rdn(\"uid\", id)\n      flows",
     "action: delete\n      ‸flows",
     {"@: error: delete sets no attributes (leave 'flows' out, or say disable or "
      "move_and_disable)"}},
};
INSTANTIATE_TEST_SUITE_P(Rules, Complain, ::testing::ValuesIn(kRules), name_of);

TEST(Complaints, NameAllThatIsWrongInOnePass) {
    const auto loaded = load_text(
        "stor: x\n"
        "metaverse: { person: { attributes: { a: txt } } }\n"
        "systems: { s: { connector: csv, types: { t: { settings: {}, attributes: { b: text } } } } "
        "}\n"
        "rules: { r: { from: s.t, to: person, flows: { a: c } } }\n");
    EXPECT_EQ(std::ranges::count(loaded.complaints, false, &Complaint::warning), 5);
    EXPECT_FALSE(loaded.usable());
}

TEST(Complaints, ShowNothingOfAFileThatIsIncludedByMistake) {
    for (const std::string content :
         {"hunter2\n", "PASSWORD=hunter2\n", "PASSWORD: hunter2\n", "- hunter2\n", "&hunter2 x\n",
          "!hunter2 x\n", "a: *hunter2\n", "a: {hunter2\n", "{\"key\": \"hunter2\"}",
          "-----BEGIN KEY-----\nhunter2\n-----END KEY-----\n", "\"hunter2\n",
          "localhost:*:hunter2"}) {
        const auto lines = printed(load_texts(
            {{"muster.yaml", std::string("include: key\n") + kSound}, {"key", content}}));
        ASSERT_FALSE(lines.empty()) << content;
        EXPECT_THAT(lines, ::testing::Each(::testing::Not(::testing::HasSubstr("hunter2"))))
            << content;
    }
}

TEST(Complaints, NeverShowASecret) {
    for (const std::string secret :
         {"hunter2", "\"hunter2${x\"", "[hunter2]", "{ a: hunter2 }", "\"${env:A:-hunter2}\"",
          "\"${env:A hunter2}\"", "\"${A-hunter2}\"", "\"${env:A:hunter2}\""}) {
        std::string text = kSound;
        const std::string from = "\"${env:PASSWORD}\"";
        text.replace(text.find(from), from.size(), secret);
        const auto lines = printed(load_text(text));
        ASSERT_FALSE(lines.empty());
        EXPECT_THAT(lines, ::testing::Each(::testing::Not(::testing::HasSubstr("hunter2"))));
    }
}

}  // namespace
}  // namespace muster::config
