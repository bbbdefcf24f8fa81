#include <gmock/gmock.h>

#include "base/dn.h"
#include "connect/ldap/ldap_testing.h"

namespace muster::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

using Result = Outcome::Result;

auto is(Result result) {
    return Field("result", &Outcome::result, result);
}

std::vector<std::string> member_dns(int from, int to) {
    std::vector<std::string> out;
    for (int i = from; i < to; ++i) {
        out.push_back(DirectoryUnderTest::person_dn("m" + std::to_string(i)));
    }
    return out;
}

/// The values of an attribute of the only entry of a type.
std::vector<std::string> members(DirectoryUnderTest& directory) {
    const auto seen = directory.read().second;
    for (const auto& entry : seen.entries) {
        const auto found = entry.values.find("member");
        if (found != entry.values.end()) {
            return found->second;
        }
    }
    return {};
}

TEST(LdapWrite, CreatesWithParentsAndTellsTheAnchor) {
    DirectoryUnderTest directory;
    std::vector<Operation> operations;
    for (int i = 0; i < 200; ++i) {
        const auto uid = "n" + std::to_string(i);
        operations.push_back(
            directory.create_person(uid, "uid=" + uid + ",ou=" + std::to_string(i % 3) +
                                             ",l=north,ou=people,dc=test,dc=example"));
    }
    const auto outcomes = directory.write(operations);
    EXPECT_THAT(outcomes, Each(is(Result::done)));
    const auto [result, seen] = directory.read();
    ASSERT_EQ(seen.entries.size(), 200u);
    EXPECT_THAT(directory.slapd.dump(), HasSubstr("dn: ou=2,l=north,ou=people,dc=test,dc=example\n"
                                                  "objectClass: organizationalUnit\nou: 2\n"));
    std::vector<std::string> told;
    for (const auto& outcome : outcomes) {
        told.push_back(outcome.anchor);
    }
    EXPECT_THAT(seen.anchors(), UnorderedElementsAreArray(told));
}

TEST(LdapWrite, RefusesWhatItCannotCreate) {
    DirectoryUnderTest directory;
    auto present = directory.create_person("a");
    auto again = directory.create_person("a");
    EXPECT_THAT(directory.write_one(present), is(Result::done));
    const auto outcomes = directory.write(
        {again, directory.create_person("b", "uid=b,uid=odd,ou=people,dc=test,dc=example"),
         directory.create_person("c", "uid=c,dc=elsewhere"),
         directory.create_person("d", "this is no DN"), directory.create_person("e")});
    EXPECT_EQ(outcomes[0].code, "ldap-68");
    EXPECT_THAT(outcomes[0].message, HasSubstr("when the directory is imported"));
    EXPECT_EQ(outcomes[1].code, "ldap-32");
    EXPECT_THAT(outcomes[2], is(Result::refused));
    EXPECT_EQ(outcomes[3].code, "bad-name");
    EXPECT_THAT(outcomes[4], is(Result::done));
}

TEST(LdapWrite, ChangesValueByValue) {
    DirectoryUnderTest directory;
    const auto dn = directory.person_dn("a");
    auto create = directory.create_person("a");
    create.changes.push_back(directory.add(directory.person, "mail", {"a@x", "b@x"}));
    create.changes.push_back(directory.add(directory.person, "title", {"old"}));
    ASSERT_THAT(directory.write_one(create), is(Result::done));
    directory.slapd.modify("dn: " + dn + "\nchangetype: modify\nadd: mail\nmail: theirs@x\n");

    auto mail = directory.add(directory.person, "mail", {"c@x"});
    mail.remove = {"a@x"};
    ValueChange title = directory.add(directory.person, "title", {"new"});
    title.remove = {"old"};
    EXPECT_THAT(directory.write_one(directory.modify(directory.person, dn, {mail, title})),
                is(Result::done));
    const auto seen = directory.read().second;
    EXPECT_THAT(seen.entries[0].values.at("mail"),
                ::testing::UnorderedElementsAre("b@x", "c@x", "theirs@x"));
    EXPECT_THAT(seen.entries[0].values.at("title"), ElementsAre("new"));

    ValueChange clear = directory.remove(directory.person, "mail", {"b@x"});
    clear.clear = true;
    ValueChange no_title = directory.remove(directory.person, "title", {"new"});
    EXPECT_THAT(directory.write_one(directory.modify(directory.person, dn, {clear, no_title})),
                is(Result::done));
    const auto after = directory.read().second;
    EXPECT_FALSE(after.entries[0].values.contains("mail"));
    EXPECT_FALSE(after.entries[0].values.contains("title"));
}

TEST(LdapWrite, TakesAlreadyThereAndAlreadyGoneForDone) {
    DirectoryUnderTest directory;
    const auto dn = directory.group_dn("g");
    ASSERT_THAT(directory.write_one(directory.create_group("g", member_dns(0, 10))),
                is(Result::done));
    auto change = directory.add(directory.group, "member", member_dns(5, 15));
    change.remove = member_dns(100, 105);
    change.remove.push_back(directory.person_dn("m0"));
    EXPECT_THAT(directory.write_one(directory.modify(directory.group, dn, {change})),
                is(Result::done));
    EXPECT_THAT(members(directory), UnorderedElementsAreArray(member_dns(1, 15)));
    EXPECT_THAT(directory.write_one(directory.erase(directory.group, dn)), is(Result::done));
    EXPECT_THAT(directory.write_one(directory.erase(directory.group, dn)), is(Result::done));
    EXPECT_EQ(directory.write_one(directory.modify(directory.group, dn, {change})).code, "ldap-32");
}

TEST(LdapWrite, KeepsAPlaceholderWhileASetIsEmpty) {
    DirectoryUnderTest directory;
    const auto dn = directory.group_dn("g");
    const auto holds_placeholder = HasSubstr("member: cn=nobody,dc=test,dc=example");
    ASSERT_THAT(directory.write_one(directory.create_group("g", {})), is(Result::done));
    EXPECT_THAT(directory.slapd.dump(), holds_placeholder);

    auto first = directory.add(directory.group, "member", member_dns(0, 2));
    first.was_empty = true;
    ASSERT_THAT(directory.write_one(directory.modify(directory.group, dn, {first})),
                is(Result::done));
    EXPECT_THAT(directory.slapd.dump(), Not(holds_placeholder));
    EXPECT_EQ(members(directory).size(), 2u);

    auto last = directory.remove(directory.group, "member", member_dns(0, 2));
    last.becomes_empty = true;
    ASSERT_THAT(directory.write_one(directory.modify(directory.group, dn, {last})),
                is(Result::done));
    EXPECT_THAT(directory.slapd.dump(), holds_placeholder);
    EXPECT_THAT(members(directory), IsEmpty());

    // Once more, now that nothing is as the caller thinks.
    EXPECT_THAT(directory.write_one(directory.modify(directory.group, dn, {last})),
                is(Result::done));
    EXPECT_THAT(directory.slapd.dump(), holds_placeholder);
}

TEST(LdapWrite, MovesLargeSetsInParts) {
    DirectoryUnderTest directory;
    const auto dn = directory.group_dn("g");
    const auto many = member_dns(0, 25'000);
    ASSERT_THAT(directory.write_one(directory.create_group("g", many)), is(Result::done));
    EXPECT_EQ(members(directory).size(), many.size());

    auto last = directory.remove(directory.group, "member", many);
    last.becomes_empty = true;
    ASSERT_THAT(directory.write_one(directory.modify(directory.group, dn, {last})),
                is(Result::done));
    EXPECT_THAT(directory.slapd.dump(), HasSubstr("member: cn=nobody,"));
    EXPECT_THAT(members(directory), IsEmpty());

    auto first = directory.add(directory.group, "member", many);
    first.was_empty = true;
    ASSERT_THAT(directory.write_one(directory.modify(directory.group, dn, {first})),
                is(Result::done));
    EXPECT_THAT(directory.slapd.dump(), Not(HasSubstr("member: cn=nobody,")));
    EXPECT_EQ(members(directory).size(), many.size());

    auto one = directory.add(directory.group, "member", {directory.person_dn("one-more")});
    ASSERT_THAT(directory.write_one(directory.modify(directory.group, dn, {one})),
                is(Result::done));
    EXPECT_EQ(members(directory).size(), many.size() + 1);
}

TEST(LdapWrite, RenamesAndMovesTakingTheNamingValueAlong) {
    DirectoryUnderTest directory;
    ASSERT_THAT(directory.write_one(directory.create_person("a")), is(Result::done));
    const auto anchor = directory.read().second.entries[0].anchor;
    const std::string moved = "uid=b,ou=senate,ou=people,dc=test,dc=example";
    auto uid = directory.add(directory.person, "uid", {"b"});
    uid.remove = {"a"};
    const auto outcomes = directory.write({directory.change(
        Operation::Kind::rename, directory.person, directory.person_dn("a"), {}, moved)});
    ASSERT_THAT(outcomes[0], is(Result::done)) << outcomes[0].message;
    ASSERT_THAT(directory.write_one(directory.modify(directory.person, moved, {uid})),
                is(Result::done));
    const auto seen = directory.read().second;
    ASSERT_EQ(seen.entries.size(), 1u);
    EXPECT_EQ(seen.entries[0].name, moved);
    EXPECT_EQ(seen.entries[0].anchor, anchor);
    EXPECT_THAT(seen.entries[0].values.at("uid"), ElementsAre("b"));

    const auto missing = directory.write_one(
        directory.change(Operation::Kind::rename, directory.person, directory.person_dn("nobody"),
                         {}, directory.person_dn("somebody")));
    EXPECT_EQ(missing.code, "ldap-32");
}

TEST(LdapWrite, ANewKindOfNameKeepsWhatTheClassDemands) {
    DirectoryUnderTest directory;
    const std::string by_cn = "cn=Name of a,ou=people,dc=test,dc=example";
    ASSERT_THAT(directory.write_one(directory.create_person("a", by_cn)), is(Result::done));
    const auto outcome = directory.write_one(directory.change(
        Operation::Kind::rename, directory.person, by_cn, {}, directory.person_dn("a")));
    ASSERT_THAT(outcome, is(Result::done)) << outcome.message;
    ASSERT_EQ(outcome.brought.size(), 1u);
    EXPECT_THAT(outcome.brought[0].add, ElementsAre("a"));
    const auto seen = directory.read().second;
    EXPECT_EQ(seen.entries[0].name, directory.person_dn("a"));
    EXPECT_THAT(seen.entries[0].values.at("cn"), ElementsAre("Name of a"));

    const auto respelled = directory.write_one(
        directory.change(Operation::Kind::rename, directory.person, directory.person_dn("a"), {},
                         directory.person_dn("A")));
    EXPECT_THAT(respelled, is(Result::done)) << respelled.message;
    EXPECT_THAT(directory.read().second.entries[0].values.at("uid"), ElementsAre("A"));
}

TEST(LdapWrite, LetsTheRestThroughWhereOneValueIsRefused) {
    DirectoryUnderTest directory;
    ASSERT_THAT(directory.write_one(directory.create_person("a")), is(Result::done));
    const auto outcome = directory.write_one(
        directory.modify(directory.person, directory.person_dn("a"),
                         {directory.add(directory.person, "title", {"Clerk"}),
                          directory.add(directory.person, "mail", {"a@x", "\xC3\xA4@x", "b@x"})}));
    EXPECT_THAT(outcome, is(Result::refused));
    EXPECT_EQ(outcome.code, "ldap-21");
    EXPECT_TRUE(outcome.partly);
    EXPECT_THAT(outcome.message, HasSubstr("mail '\xC3\xA4@x'"));
    const auto seen = directory.read().second;
    EXPECT_THAT(seen.entries[0].values.at("title"), ElementsAre("Clerk"));
    EXPECT_THAT(seen.entries[0].values.at("mail"), UnorderedElementsAreArray({"a@x", "b@x"}));

    auto flawed = directory.create_person("b");
    flawed.changes.push_back(directory.add(directory.person, "mail", {"\xC3\xA4@x"}));
    const auto refused = directory.write_one(flawed);
    EXPECT_FALSE(refused.partly);
    EXPECT_THAT(refused.message, HasSubstr("sent mail"));
}

TEST(LdapWrite, EscapesEverySpecialCharacterOfNames) {
    DirectoryUnderTest directory;
    std::vector<Operation> operations;
    const std::vector<std::string> names = {
        "a,b", "a+b",   "a\"b", "a\\b",   "a<b>c", "a;b",  "a=b",   "#a",  " a", "b ",
        "a/b", "a*(b)", "é",    "日本語", "a\nb",  "\\,#", "a,b+c", "1.2", "{}", "'"};
    for (const auto& name : names) {
        operations.push_back(directory.create_person(
            name, format_rdn("uid", name) + ",ou=people,dc=test,dc=example"));
    }
    for (const auto& outcome : directory.write(operations)) {
        EXPECT_THAT(outcome, is(Result::done)) << outcome.message;
    }
    const auto seen = directory.read().second;
    ASSERT_EQ(seen.entries.size(), names.size());
    std::vector<Operation> erasures;
    std::vector<std::string> read;
    for (const auto& entry : seen.entries) {
        read.push_back(entry.values.at("uid")[0]);
        EXPECT_EQ(normalize_dn(entry.name),
                  normalize_dn(format_rdn("uid", read.back()) + ",ou=people,dc=test,dc=example"));
        erasures.push_back(directory.erase(directory.person, entry.name));
    }
    EXPECT_THAT(read, UnorderedElementsAreArray(names));
    EXPECT_THAT(directory.write(erasures), Each(is(Result::done)));
    EXPECT_THAT(directory.read().second.entries, IsEmpty());
}

/// Hands out operations and kills the server after some of them have been answered.
class KillingStream : public ListStream {
 public:
    KillingStream(std::vector<Operation> operations, std::size_t after, std::function<void()> kill)
        : ListStream(std::move(operations)), after_(after), kill_(std::move(kill)) {}
    void outcome(Outcome outcome) override {
        EXPECT_FALSE(outcomes.contains(outcome.id)) << "a second outcome";
        ListStream::outcome(std::move(outcome));
        if (outcomes.size() == after_) {
            kill_();
        }
    }

 private:
    std::size_t after_;
    std::function<void()> kill_;
};

TEST(LdapWrite, SaysWhatBecameOfEverythingWhenTheServerDies) {
    DirectoryUnderTest directory({.durable = true});
    ASSERT_THAT(directory.write_one(directory.create_person("first")), is(Result::done));
    std::vector<Operation> operations;
    std::map<std::uint64_t, std::string> names;
    for (int i = 0; i < 500; ++i) {
        operations.push_back(directory.create_person("k" + std::to_string(i)));
        names[operations.back().id] = operations.back().new_name;
    }
    KillingStream stream(operations, 100, [&] { directory.slapd.kill(); });
    directory.connector()->write(stream, {});
    directory.slapd.start();
    const auto dump = directory.slapd.dump();
    std::size_t open = 0;
    for (const auto& [id, name] : names) {
        const auto found = stream.outcomes.find(id);
        const bool there = dump.find("dn: " + name + "\n") != std::string::npos;
        if (found == stream.outcomes.end() || found->second.result == Result::unsent) {
            EXPECT_FALSE(there) << name;
        } else if (found->second.result == Result::done) {
            EXPECT_TRUE(there) << name;
        } else {
            EXPECT_EQ(found->second.result, Result::unknown);
            ++open;
        }
    }
    EXPECT_GT(open, 0u);
    EXPECT_LE(open, 64u) << "no more than were in flight";
}

TEST(LdapWrite, DoesNotWaitForEver) {
    DirectoryUnderTest directory({}, R"(, "timeout_seconds": 2)");
    std::vector<Operation> operations;
    for (int i = 0; i < 300; ++i) {
        operations.push_back(directory.create_person("k" + std::to_string(i)));
    }
    KillingStream stream(operations, 100, [&] { directory.slapd.pause(); });
    directory.connector()->write(stream, {});
    directory.slapd.resume();
    bool unknown = false;
    for (const auto& [id, outcome] : stream.outcomes) {
        unknown = unknown || outcome.result == Result::unknown;
    }
    EXPECT_TRUE(unknown);
}

TEST(LdapWrite, FinishesWhatIsInFlightWhenAskedToStop) {
    DirectoryUnderTest directory;
    std::vector<Operation> operations;
    for (int i = 0; i < 300; ++i) {
        operations.push_back(directory.create_person("k" + std::to_string(i)));
    }
    std::stop_source stop;
    KillingStream stream(operations, 100, [&] { stop.request_stop(); });
    directory.connector()->write(stream, stop.get_token());
    std::size_t done = 0;
    for (const auto& [id, outcome] : stream.outcomes) {
        if (outcome.result != Result::unsent) {
            EXPECT_THAT(outcome, is(Result::done));
            ++done;
        }
    }
    EXPECT_LT(done, 300u);
    EXPECT_EQ(directory.read().second.entries.size(), done);
}

TEST(LdapWrite, DrainsAtBarriers) {
    DirectoryUnderTest directory;
    std::vector<Operation> operations;
    for (int i = 0; i < 20; ++i) {
        operations.push_back(directory.create_person("a"));
        operations.push_back(directory.erase(directory.person, directory.person_dn("a")));
    }
    ListStream stream(operations);
    stream.barriers = true;
    directory.connector()->write(stream, {});
    ASSERT_EQ(stream.outcomes.size(), 40u);
    for (const auto& [id, outcome] : stream.outcomes) {
        EXPECT_THAT(outcome, is(Result::done));
    }
}

}  // namespace
}  // namespace muster::testing
