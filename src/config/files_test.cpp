#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/test_files.h"

namespace muster::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Two types of one or two systems, each with a rule that writes it.
std::string two_writers(const std::string& systems, const std::string& first,
                        const std::string& second) {
    return "metaverse: { person: { attributes: { id: text } } }\n"
           "systems:\n"
           "  hr:\n"
           "    connector: csv\n"
           "    types:\n"
           "      p: { settings: { file: hr.csv }, anchor: id, attributes: { id: text } }\n" +
           systems +
           "rules:\n"
           "  in: { from: hr.p, to: person, join: [ { id: id } ], project: true, flows: { id: id } "
           "}\n"
           "  a: { from: person, to: " +
           first +
           ", provision: true, flows: { id: id } }\n"
           "  b: { from: person, to: " +
           second + ", provision: true, flows: { id: id } }\n";
}

constexpr const char* kTwoSystems =
    "  a:\n"
    "    connector: csv\n"
    "    settings: { folder: out }\n"
    "    types: { t: { settings: { file: x.csv }, anchor: id, attributes: { id: text } } }\n"
    "  b:\n"
    "    connector: csv\n"
    "    types: { t: { settings: { file: FILE }, anchor: id, attributes: { id: text } } }\n";

std::string with_file(std::string systems, const std::string& file) {
    return systems.replace(systems.find("FILE"), 4, file);
}

TEST(WrittenFiles, AreNotSharedBySystems) {
    EXPECT_THAT(
        printed(load_text(two_writers(with_file(kTwoSystems, "out/../out/x.csv"), "a.t", "b.t"))),
        Contains(HasSubstr("x.csv is the file of b.t and of a.t, and each would undo what "
                           "the other writes")));
    EXPECT_THAT(printed(load_text(two_writers(with_file(kTwoSystems, "x.csv"), "a.t", "b.t"))),
                Not(Contains(HasSubstr("undo what"))));
}

TEST(WrittenFiles, AreNotSharedByTypesOfACsvSystem) {
    constexpr const char* kTypes =
        "  a:\n"
        "    connector: CONNECTOR\n"
        "    types:\n"
        "      t: { settings: { file: x.file }, anchor: id, attributes: { id: text } }\n"
        "      u: { settings: { file: x.file }, anchor: id, attributes: { id: text } }\n";
    const auto as = [&](const std::string& connector) {
        std::string systems = kTypes;
        return systems.replace(systems.find("CONNECTOR"), 9, connector);
    };
    EXPECT_THAT(printed(load_text(two_writers(as("csv"), "a.t", "a.u"))),
                Contains(HasSubstr("x.file is the file of a.u and of a.t")));
    // Records of an LDIF file are written together.
    EXPECT_THAT(printed(load_text(two_writers(as("ldif"), "a.t", "a.u"))),
                Not(Contains(HasSubstr("undo what"))));
}

TEST(ASystemAlone, IsReadWhateverTheRestSays) {
    const std::string text =
        "systems:\n"
        "  hr: { connector: csv, settings: { folder: data } }\n"
        "  other: { connector: nothing }\n"
        "rules: { r: { from: hr.people, to: nobody } }\n"
        "nonsense: 1\n";
    const auto read = [&](const std::string&) { return FileText{text, {}}; };
    EXPECT_FALSE(load("muster.yaml", read).usable());
    const auto alone = load("muster.yaml", read, "hr");
    EXPECT_TRUE(alone.usable());
    ASSERT_EQ(alone.configuration.systems.size(), 1u);
    EXPECT_EQ(alone.configuration.systems.front().settings.at("folder").as_string(), "data");
    EXPECT_THAT(printed(alone), ElementsAre(HasSubstr("hr has no types (muster discover hr")));
    EXPECT_THAT(load("muster.yaml", read, "none").configuration.systems, IsEmpty());
}

}  // namespace
}  // namespace muster::config
