#pragma once

#include <fmt/core.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connect/file_connector_testing.h"
#include "connect/ldap/ldap_connector.h"
#include "support/mini_slapd.h"

namespace muster::testing {

/// A private slapd and a configured system on it, with two types: people (inetOrgPerson below
/// ou=people) and groups (groupOfNames below ou=groups).
class DirectoryUnderTest {
 public:
    using Changes = std::vector<ValueChange>;

    explicit DirectoryUnderTest(MiniSlapd::Options options = {}, const std::string& more = "")
        : slapd(std::move(options)),
          builder(slapd.folder().path(), "ldap",
                  R"({"url": ")" + slapd.url() + R"(", "bind_dn": ")" + slapd.bind_dn() +
                      R"(", "password": ")" + slapd.password() + "\"" + more + "}"),
          person(builder.type("person",
                              R"({"object_class": ["inetOrgPerson"], "create_parents": true,
                                  "bases": ["ou=people,dc=test,dc=example"]})",
                              {{"uid", Type::text, false},
                               {"cn", Type::text, false},
                               {"sn", Type::text, false},
                               {"mail", Type::text, true},
                               {"title", Type::text, false},
                               {"manager", Type::reference, false}},
                              {})),
          group(builder.type("group",
                             R"({"object_class": "groupOfNames", "create_parents": true,
                                 "bases": ["ou=groups,dc=test,dc=example"]})",
                             {{"cn", Type::text, false}, {"member", Type::reference, true}}, {})) {
        builder.attribute(group, "member", R"({"placeholder": "cn=nobody,dc=test,dc=example"})");
    }

    std::unique_ptr<Connector> connector() {
        return make_ldap_connector(builder.finish(), builder.system());
    }

    static std::string person_dn(const std::string& uid) {
        return "uid=" + uid + ",ou=people,dc=test,dc=example";
    }
    static std::string group_dn(const std::string& cn) {
        return "cn=" + cn + ",ou=groups,dc=test,dc=example";
    }

    Operation create_person(const std::string& uid, const std::string& dn = {}) {
        return {.id = ++last_id_,
                .kind = Operation::Kind::create,
                .type = person,
                .anchor = {},
                .name = {},
                .new_name = dn.empty() ? person_dn(uid) : dn,
                .new_anchor = {},
                .changes = {add(person, "uid", {uid}), add(person, "cn", {"Name of " + uid}),
                            add(person, "sn", {"Surname"})}};
    }
    Operation create_group(const std::string& cn, std::vector<std::string> members) {
        return {.id = ++last_id_,
                .kind = Operation::Kind::create,
                .type = group,
                .anchor = {},
                .name = {},
                .new_name = group_dn(cn),
                .new_anchor = {},
                .changes = {add(group, "cn", {cn}), add(group, "member", std::move(members))}};
    }
    Operation change(Operation::Kind kind, TypeId type, const std::string& dn, Changes changes = {},
                     const std::string& new_dn = {}) {
        return {.id = ++last_id_,
                .kind = kind,
                .type = type,
                .anchor = {},
                .name = dn,
                .new_name = new_dn,
                .new_anchor = {},
                .changes = std::move(changes)};
    }
    Operation modify(TypeId type, const std::string& dn, Changes changes) {
        return change(Operation::Kind::modify, type, dn, std::move(changes));
    }
    Operation erase(TypeId type, const std::string& dn) {
        return change(Operation::Kind::erase, type, dn);
    }

    ValueChange add(TypeId type, const std::string& attribute, std::vector<std::string> values) {
        return {builder.id(type, attribute), {}, std::move(values), false, false, false};
    }
    ValueChange remove(TypeId type, const std::string& attribute, std::vector<std::string> values) {
        return {builder.id(type, attribute), std::move(values), {}, false, false, false};
    }

    /// Writes and returns the outcomes by the order of operations.
    std::vector<Outcome> write(std::vector<Operation> operations) {
        return write_to(*connector(), std::move(operations));
    }
    static std::vector<Outcome> write_to(Connector& connector, std::vector<Operation> operations) {
        std::vector<std::uint64_t> ids;
        ids.reserve(operations.size());
        for (const auto& operation : operations) {
            ids.push_back(operation.id);
        }
        ListStream stream(std::move(operations));
        connector.write(stream, {});
        std::vector<Outcome> out;
        for (const auto id : ids) {
            const auto found = stream.outcomes.find(id);
            out.push_back(found == stream.outcomes.end()
                              ? Outcome{id, Outcome::Result::unsent, {}, "none", "not taken"}
                              : found->second);
        }
        return out;
    }
    Outcome write_one(Operation operation) { return write({std::move(operation)})[0]; }

    /// Reads both types.
    std::pair<ReadResult, Collector> read() {
        Collector seen(builder.schema());
        const auto result = connector()->read({{person, group}, {}, {}, {}}, seen);
        return {result, std::move(seen)};
    }

    MiniSlapd slapd;
    SystemBuilder builder;
    TypeId person;
    TypeId group;

 private:
    std::uint64_t last_id_ = 0;
};

inline std::string people_ldif(int count) {
    std::string ldif =
        "dn: ou=people,dc=test,dc=example\nobjectClass: organizationalUnit\nou: people\n\n";
    for (int i = 0; i < count; ++i) {
        const auto uid = "u" + std::to_string(i);
        ldif += fmt::format(
            "dn: uid={0},ou=people,dc=test,dc=example\nobjectClass: inetOrgPerson\nuid: {0}\ncn: "
            "{0}\nsn: {0}\n\n",
            uid);
    }
    return ldif;
}

}  // namespace muster::testing
