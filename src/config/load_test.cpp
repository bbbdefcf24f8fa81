#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "config/test_files.h"
#include "support/repository.h"
#include "support/temp_folder.h"

namespace muster::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

class SoundConfiguration : public ::testing::Test {
 protected:
    Loaded loaded_ = load_text(kSound);
    const Configuration& c_ = loaded_.configuration;

    TypeId type(std::string_view space, std::string_view name) const {
        return c_.schema.find_type(c_.schema.find_space(space), name);
    }
    AttributeId attribute(std::string_view space, std::string_view t, std::string_view name) const {
        return c_.schema.find_attribute(type(space, t), name);
    }
    /// The rules that contribute to an attribute of person, best first.
    std::vector<std::string> contributors(std::string_view name) const {
        std::vector<std::string> names;
        const auto id = attribute("metaverse", "person", name);
        for (const auto ref : c_.metaverse_attribute(id).contributions) {
            names.push_back(c_.inbound[ref.rule].name);
            EXPECT_EQ(c_.inbound[ref.rule].flows[ref.flow].target, id);
        }
        return names;
    }
};

TEST_F(SoundConfiguration, HasNothingToComplainOf) {
    EXPECT_THAT(printed(loaded_), IsEmpty());
    EXPECT_TRUE(loaded_.usable());
}

TEST_F(SoundConfiguration, HasItsTopKeys) {
    EXPECT_EQ(c_.folder, ".");
    EXPECT_EQ(c_.store, "muster.db");
    EXPECT_EQ(c_.history, std::chrono::hours{24 * 30});
    EXPECT_EQ(c_.processing, Processing::in_memory);
    EXPECT_EQ(c_.memory_bytes, 512u << 20);
}

TEST(Configuration, LetsAReferenceNameSeveralTypes) {
    const auto loaded = load_text(
        "metaverse:\n"
        "  person: { attributes: { id: text } }\n"
        "  group: { attributes: { id: text, members: { type: reference, to: [ group, person ], "
        "multi: true } } }\n"
        "systems: {}\n"
        "rules: {}\n"
        "removed: [ hr, hr.person, people ]\n");
    EXPECT_TRUE(loaded.usable());
    const auto& schema = loaded.configuration.schema;
    const auto group = schema.find_type(kMetaverse, "group");
    const auto& members = schema.attribute(schema.find_attribute(group, "members"));
    EXPECT_THAT(members.targets, ElementsAre(group, schema.find_type(kMetaverse, "person")));
    EXPECT_THAT(loaded.configuration.removed, ElementsAre("hr", "hr.person", "people"));
}

TEST_F(SoundConfiguration, PutsTheMetaverseFirst) {
    ASSERT_EQ(c_.schema.spaces().size(), 3u);
    EXPECT_EQ(c_.schema.space(kMetaverse).name, "metaverse");
    EXPECT_EQ(c_.schema.find_space("hr"), SpaceId{2});
    EXPECT_EQ(c_.schema.find_space("ldap"), SpaceId{3});
    EXPECT_EQ(c_.metaverse_attributes.size(), 9u);
}

TEST_F(SoundConfiguration, HasTypedAttributes) {
    const auto& members = c_.schema.attribute(attribute("hr", "team", "members"));
    EXPECT_EQ(members.type, Type::reference);
    EXPECT_TRUE(members.multi);
    EXPECT_THAT(members.targets, ElementsAre(type("hr", "person")));
    const auto& number = c_.schema.attribute(attribute("metaverse", "person", "number"));
    EXPECT_EQ(number.type, Type::integer);
    EXPECT_FALSE(number.multi);
    EXPECT_THAT(c_.schema.type(type("hr", "team")).anchor,
                ElementsAre(attribute("hr", "team", "name")));
    EXPECT_THAT(c_.schema.type(type("ldap", "person")).anchor, IsEmpty());
}

TEST(Settings, NumbersAndTruthValuesMayStandElsewhere) {
    const auto loaded =
        load_text(replaced(kSound, "bind_dn: cn=x",
                           R"(bind_dn: cn=x, start_tls: "${env:TLS}", page_size: "${file:size}")"));
    EXPECT_THAT(printed(loaded), IsEmpty());
    const auto& settings = loaded.configuration.system(SpaceId{3}).settings;
    EXPECT_EQ(settings.at("start_tls").as_string(), "${env:TLS}");
    EXPECT_EQ(settings.at("page_size").as_string(), "${file:size}");
}

TEST_F(SoundConfiguration, OrdersContributions) {
    EXPECT_THAT(contributors("phone"), ElementsAre("ldap-people", "hr-people"));
    EXPECT_THAT(contributors("emails"), ElementsAre("hr-people", "ldap-people"));
    EXPECT_THAT(contributors("mail"), IsEmpty());
}

TEST_F(SoundConfiguration, HasMetaverseAttributeFacts) {
    EXPECT_TRUE(c_.metaverse_attribute(attribute("metaverse", "person", "emails")).merge_union);
    EXPECT_FALSE(c_.metaverse_attribute(attribute("metaverse", "person", "phone")).merge_union);
    const auto& mail = c_.metaverse_attribute(attribute("metaverse", "person", "mail"));
    ASSERT_TRUE(mail.generate);
    EXPECT_EQ(mail.generate->source, "id .. count");
    EXPECT_EQ(mail.generate_for, attribute("metaverse", "person", "id"));
}

TEST_F(SoundConfiguration, HasDeletionRules) {
    const auto& person = c_.deletion_rule(type("metaverse", "person"));
    EXPECT_THAT(person.sources, ElementsAre(SpaceId{2}));
    EXPECT_EQ(person.grace, std::chrono::hours{24 * 30});
    const auto& team = c_.deletion_rule(type("metaverse", "team"));
    EXPECT_THAT(team.sources, IsEmpty());
    EXPECT_EQ(team.grace.count(), 0);
}

TEST_F(SoundConfiguration, HasSettings) {
    const auto& hr = c_.system(SpaceId{2});
    EXPECT_EQ(hr.connector, "csv");
    EXPECT_EQ(hr.settings.at("folder").as_string(), "data");
    const auto& person = c_.type_settings(type("hr", "person"));
    EXPECT_EQ(person.settings.at("file").as_string(), "people.csv");
    ASSERT_EQ(person.attributes.size(), 1u);
    EXPECT_EQ(person.attributes[0].first, attribute("hr", "person", "phone"));
    EXPECT_EQ(person.attributes[0].second.at("column").as_string(), "telephone");
    const auto& entry = c_.type_settings(type("ldap", "person"));
    EXPECT_EQ(entry.settings.at("bases").as_array().at(0).as_string(), "dc=x");
    EXPECT_EQ(c_.system(SpaceId{3}).settings.at("password").as_string(), "${env:PASSWORD}");
}

TEST_F(SoundConfiguration, TakesLimitsFromTypeSystemAndDefaults) {
    const auto limit = [&](TypeId id, LimitKind kind) {
        return c_.type_settings(id).limits[static_cast<std::size_t>(kind)];
    };
    const auto person = type("ldap", "person");
    EXPECT_EQ(limit(person, LimitKind::deletes).percent, 25);
    EXPECT_EQ(limit(person, LimitKind::deletes).count, std::nullopt);
    EXPECT_EQ(limit(person, LimitKind::disables).percent, 10);
    EXPECT_EQ(limit(person, LimitKind::removals).percent, 0.5);
    EXPECT_EQ(limit(person, LimitKind::removals).count, 7u);
    EXPECT_EQ(limit(person, LimitKind::updates).percent, std::nullopt);
    EXPECT_EQ(limit(person, LimitKind::updates).count, std::nullopt);
    const auto other = type("hr", "person");
    EXPECT_EQ(limit(other, LimitKind::deletes).percent, 10);
    EXPECT_EQ(limit(other, LimitKind::disables).percent, 10);
    EXPECT_EQ(limit(other, LimitKind::removals).percent, 20);
    EXPECT_EQ(limit(other, LimitKind::updates).percent, 50);
    EXPECT_EQ(limit(other, LimitKind::updates).count, std::nullopt);
}

TEST_F(SoundConfiguration, HasInboundRules) {
    ASSERT_EQ(c_.inbound.size(), 3u);
    const auto& rule = c_.inbound[0];
    EXPECT_EQ(rule.name, "hr-people");
    EXPECT_EQ(rule.source, type("hr", "person"));
    EXPECT_EQ(rule.target, type("metaverse", "person"));
    EXPECT_EQ(rule.system, SpaceId{2});
    EXPECT_TRUE(rule.project);
    ASSERT_TRUE(rule.scope);
    EXPECT_EQ(rule.scope->source, "last ~= nil");
    ASSERT_EQ(rule.join.size(), 2u);
    EXPECT_EQ(c_.schema.key(rule.join[0].key).name, "person(id)");
    EXPECT_EQ(c_.schema.key(rule.join[1].key).name, "person(number,surname)");
    EXPECT_THAT(rule.join[1].connector, ElementsAre(attribute("hr", "person", "number"),
                                                    attribute("hr", "person", "last")));
    EXPECT_EQ(c_.inbound[2].join[0].key, rule.join[0].key);
    EXPECT_FALSE(c_.inbound[2].project);
}

TEST_F(SoundConfiguration, HasFlows) {
    const auto& flows = c_.inbound[0].flows;
    ASSERT_EQ(flows.size(), 6u);
    EXPECT_EQ(flows[0].kind, Flow::Kind::direct);
    EXPECT_EQ(flows[0].source, attribute("hr", "person", "id"));
    EXPECT_EQ(flows[2].kind, Flow::Kind::expression);
    EXPECT_EQ(flows[2].expression.source, "text.upper(last)");
    EXPECT_TRUE(flows[2].assert_null);
    EXPECT_FALSE(flows[0].assert_null);
    EXPECT_EQ(flows[2].expression.where.line, 63);
    EXPECT_EQ(flows[2].expression.where.column, 30);
}

TEST_F(SoundConfiguration, HasOutboundRules) {
    ASSERT_EQ(c_.outbound.size(), 1u);
    const auto& rule = c_.outbound[0];
    EXPECT_EQ(rule.source, type("metaverse", "person"));
    EXPECT_EQ(rule.target, type("ldap", "person"));
    EXPECT_TRUE(rule.provision);
    EXPECT_EQ(rule.object_name->source, "dn.rdn(\"uid\", id)");
    EXPECT_EQ(rule.flows[1].kind, Flow::Kind::constant);
    EXPECT_EQ(rule.flows[1].constant, "Somebody");
    EXPECT_TRUE(rule.flows[1].initial_only);
    EXPECT_FALSE(rule.flows[0].initial_only);
    EXPECT_EQ(rule.deprovision, DeprovisionAction::move_and_disable);
    EXPECT_EQ(rule.disable_flows.at(0).constant, "Gone");
    EXPECT_TRUE(rule.disabled_name);
}

TEST(Load, ReadsTheExample) {
    const auto loaded =
        load_configuration(testing::repository_path("examples/congress/muster.yaml"));
    EXPECT_THAT(printed(loaded), IsEmpty());
    const auto& c = loaded.configuration;
    EXPECT_EQ(c.folder, testing::repository_path("examples/congress"));
    EXPECT_EQ(c.systems.size(), 4u);
    EXPECT_EQ(c.inbound.size(), 5u);
    EXPECT_EQ(c.outbound.size(), 3u);
}

TEST(Load, HasDefaults) {
    const auto loaded = load_text("systems: {}\n");
    EXPECT_EQ(loaded.configuration.store, "muster.db");
    EXPECT_EQ(loaded.configuration.history, std::chrono::hours{24 * 400});
    EXPECT_TRUE(loaded.usable());
    EXPECT_THAT(printed(loaded), ElementsAre("muster.yaml:1:1: warning: there are no connected "
                                             "systems (add some under systems:)"));
}

TEST(Load, BringsConstantsIntoTheirCanonicalText) {
    const auto loaded = load_text(replaced(kSound, "number: number\n      surname",
                                           "number: { constant: \" 007\" }\n      surname"));
    EXPECT_THAT(printed(loaded), IsEmpty());
    EXPECT_EQ(loaded.configuration.inbound[0].flows[1].constant, "7");
}

TEST(Load, PlacesABlockExpressionAtItsFirstLine) {
    const auto loaded = load_text(replaced(kSound, "scope: last ~= nil",
                                           "scope: >\n\n        last ~= nil\n        and number"));
    EXPECT_THAT(printed(loaded), IsEmpty());
    const auto& scope = *loaded.configuration.inbound[0].scope;
    EXPECT_EQ(scope.source, "\nlast ~= nil and number\n");
    EXPECT_EQ(scope.where.line, 59);
    EXPECT_EQ(scope.where.column, 9);
    EXPECT_EQ(scope.where.file, "muster.yaml");
}

TEST(Load, ThrowsWhereTheFirstFileCannotBeRead) {
    const testing::TempFolder folder;
    EXPECT_THROW(load_configuration(folder.file("muster.yaml")), Error);
    EXPECT_THROW(load_configuration(folder.path()), Error);
}

TEST(Load, ReadsIncludedFilesInOrder) {
    const testing::TempFolder folder;
    folder.write("parts/more.yaml",
                 "include: [deeper/most.yaml]\nmetaverse: { b: { attributes: { x: text } } }\n");
    folder.write("parts/deeper/most.yaml", "metaverse: { c: { attributes: { x: text } } }\n");
    folder.write("last.yaml", "metaverse: { d: { attributes: { x: text } } }\nhistory: 7\n");
    const auto loaded = load_configuration(folder.write(
        "muster.yaml",
        "include: [parts/more.yaml, last.yaml]\nmetaverse: { a: { attributes: { x: text } } }\n"));
    EXPECT_TRUE(loaded.usable());
    std::string types;
    for (const auto& type : loaded.configuration.schema.types()) {
        types += type.name;
    }
    EXPECT_EQ(types, "abcd");
    EXPECT_EQ(loaded.configuration.history, std::chrono::hours{24 * 7});
}

TEST(Load, RefusesToIncludeAFileTwiceOrInACircle) {
    const auto loaded = load_texts(
        {{"muster.yaml", "include: [a.yaml, ./a.yaml]\n"}, {"a.yaml", "include: muster.yaml\n"}});
    EXPECT_THAT(
        printed(loaded),
        ElementsAre("muster.yaml:1:1: warning: there are no connected systems (add some under "
                    "systems:)",
                    "muster.yaml:1:19: error: a.yaml is included twice (it is read already: "
                    "muster.yaml:1:11; leave this one out)",
                    "a.yaml:1:10: error: muster.yaml is included twice (it is read already: "
                    "muster.yaml:1:1; leave this one out)"));
}

TEST(Load, ComplainsOfAMissingInclude) {
    const auto loaded = load_texts({{"muster.yaml", "include: parts/hr.yaml\n"}});
    EXPECT_THAT(printed(loaded),
                ElementsAre("muster.yaml:1:10: error: cannot read parts/hr.yaml: No such file "
                            "(paths start at the including file's folder)"));
    EXPECT_FALSE(loaded.usable());
}

TEST(Load, NamesBothPlacesOfWhatTwoFilesSay) {
    const auto loaded =
        load_texts({{"muster.yaml",
                     "include: a.yaml\nstore: x\nsystems: { s: { connector: csv, "
                     "types: {} } }\n"},
                    {"a.yaml", "store: y\nsystems: { s: { connector: csv, types: {} } }\n"}});
    EXPECT_THAT(printed(loaded),
                ElementsAre("a.yaml:1:1: error: the key 'store' is said twice (the first is at "
                            "muster.yaml:2:1; keep one of them)",
                            "a.yaml:2:12: error: the system 's' is said twice (the first is at "
                            "muster.yaml:3:12; keep one of them)"));
}

TEST(Load, StopsCountingAfterManyComplaints) {
    std::string text;
    for (int i = 0; i < 1'000; ++i) {
        text += "key" + std::to_string(i) + ": 1\n";
    }
    const auto loaded = load_text(text);
    EXPECT_FALSE(loaded.usable());
    EXPECT_LE(loaded.complaints.size(), 201u);
}

TEST(Digest, FollowsWhatDecidesASync) {
    const auto digest_with = [](std::string_view from, std::string_view to) {
        const auto loaded = load_text(replaced(kSound, from, to));
        EXPECT_TRUE(loaded.usable()) << to;
        return loaded.configuration.digest;
    };
    const auto original = load_text(kSound).configuration.digest;
    EXPECT_EQ(digest_with("store: muster.db", "store: other.db"), original);
    EXPECT_EQ(digest_with("deletes: 5", "deletes: 6"), original);
    EXPECT_EQ(digest_with("file: people.csv", "file: folk.csv"), original);
    EXPECT_EQ(digest_with("store: muster.db", "# moved\n\nstore: muster.db"), original);

    EXPECT_NE(digest_with("uid: id", "uid: surname"), original);
    EXPECT_NE(digest_with("constant: Somebody", "constant: Nobody"), original);
    EXPECT_NE(digest_with("[ldap-people, hr-people]", "[hr-people, ldap-people]"), original);
    EXPECT_NE(digest_with("grace: 30 days", "grace: 31 days"), original);
    EXPECT_NE(digest_with("merge: union", "merge: first"), original);
    EXPECT_NE(digest_with("scope: last ~= nil", "scope: last"), original);
    EXPECT_NE(digest_with("initial: true", "initial: false"), original);
    EXPECT_NE(digest_with("provision: true", "provision: false"), original);
    EXPECT_NE(digest_with("{ id: id }, ", ""), original);
    EXPECT_NE(digest_with("uid: text", "uid: text\n          extra: text"), original);
    EXPECT_NE(digest_with("anchor: id", "anchor: [id, last]"), original);
}

}  // namespace
}  // namespace muster::config
