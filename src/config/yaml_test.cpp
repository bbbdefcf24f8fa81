#include "config/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace muster::config {
namespace {

struct Parsed {
    std::optional<Node> node;
    std::vector<std::string> complaints;
};

Parsed parse(std::string_view text) {
    Complaints complaints;
    const auto file = complaints.add_file("f");
    Parsed parsed{parse_yaml(text, file, complaints), {}};
    for (const auto& complaint : complaints.take()) {
        parsed.complaints.push_back(format_complaint(complaint));
    }
    return parsed;
}

std::string only_complaint(std::string_view text) {
    const auto parsed = parse(text);
    return parsed.complaints.size() == 1 ? parsed.complaints[0]
                                         : std::to_string(parsed.complaints.size()) + " complaints";
}

TEST(Yaml, KeepsOrderAndPlaces) {
    const auto parsed = parse("b: 1\na:\n  - x\n  - { y: 'z' }\n");
    ASSERT_TRUE(parsed.node);
    const auto& top = *parsed.node;
    ASSERT_EQ(top.entries.size(), 2u);
    EXPECT_EQ(top.entries[0].key, "b");
    EXPECT_EQ(top.entries[1].where, (Place{0, 2, 1}));
    const auto& list = top.entries[1].value;
    ASSERT_EQ(list.items.size(), 2u);
    EXPECT_EQ(list.items[0].where, (Place{0, 3, 5}));
    EXPECT_EQ(list.items[1].find("y")->text, "z");
    EXPECT_EQ(list.items[1].find("y")->where, (Place{0, 4, 10}));
    EXPECT_EQ(top.find("c"), nullptr);
}

TEST(Yaml, KeepsTextsAsTheyAre) {
    const auto parsed = parse("a: 0x10\nb: yes\nc: \"1\"\nd: 007\n");
    EXPECT_EQ(parsed.node->find("a")->text, "0x10");
    EXPECT_EQ(parsed.node->find("b")->text, "yes");
    EXPECT_EQ(parsed.node->find("c")->text, "1");
    EXPECT_EQ(parsed.node->find("d")->text, "007");
}

TEST(Yaml, TellsNullFromTexts) {
    const auto parsed = parse("null: null\na:\nb: ~\nc: 'null'\nd: [null]\n");
    EXPECT_EQ(parsed.node->entries[0].key, "null");
    EXPECT_EQ(parsed.node->entries[0].value.kind, Node::Kind::null);
    EXPECT_EQ(parsed.node->find("a")->kind, Node::Kind::null);
    EXPECT_EQ(parsed.node->find("b")->kind, Node::Kind::null);
    EXPECT_EQ(parsed.node->find("c")->text, "null");
    EXPECT_EQ(parsed.node->find("c")->kind, Node::Kind::scalar);
}

TEST(Yaml, PlacesBlockTextsAtTheirFirstLine) {
    const auto parsed = parse("a: |\n\n\n  first\n  second\nb: >-\n    x\nc: '> y'\n");
    EXPECT_EQ(parsed.node->find("a")->text, "\n\nfirst\nsecond\n");
    EXPECT_EQ(parsed.node->find("a")->where, (Place{0, 4, 3}));
    EXPECT_EQ(parsed.node->find("b")->where, (Place{0, 7, 5}));
    EXPECT_EQ(parsed.node->find("c")->where, (Place{0, 8, 4}));
}

TEST(Yaml, SkipsAByteOrderMark) {
    const auto parsed = parse(
        "\xEF\xBB\xBF"
        "a: b\n");
    EXPECT_EQ(parsed.node->entries.at(0).key, "a");
    EXPECT_EQ(parsed.node->entries.at(0).where, (Place{0, 1, 1}));
}

TEST(Yaml, TakesTheFirstOfAKeySaidTwice) {
    const auto parsed = parse("a: 1\nb: 2\na: 3\n");
    EXPECT_THAT(parsed.complaints,
                ::testing::ElementsAre(
                    "f:3:1: error: 'a' is said twice (the first is at f:1:1; keep one of them)"));
    EXPECT_EQ(parsed.node->entries.size(), 2u);
    EXPECT_EQ(parsed.node->find("a")->text, "1");
}

TEST(Yaml, FindsRepeatedKeysEverywhere) {
    EXPECT_THAT(only_complaint("x: { a: 1, b: { c: 1, c: 2 } }\n"),
                ::testing::StartsWith("f:1:23: error: 'c' is said twice"));
    EXPECT_THAT(only_complaint("- a: 1\n  'a': 2\n"),
                ::testing::StartsWith("f:2:3: error: 'a' is said twice"));
}

TEST(Yaml, RefusesAnchorsAliasesTagsAndDocuments) {
    EXPECT_THAT(only_complaint("a: &x 1\nb: *x\n"),
                ::testing::StartsWith("f:1:4: error: anchors and aliases"));
    EXPECT_THAT(only_complaint("a: !!int 1\n"), ::testing::StartsWith("f:1:4: error: tags"));
    EXPECT_THAT(only_complaint("a: !x {}\n"), ::testing::StartsWith("f:1:4: error: tags"));
    EXPECT_THAT(only_complaint("a: 1\n---\nb: 1\n"),
                ::testing::StartsWith("f:2:1: error: a second document"));
    EXPECT_THAT(only_complaint("? [a, b]\n: 1\n"),
                ::testing::StartsWith("f:1:3: error: a key must be a name"));
}

TEST(Yaml, RefusesAnAliasBomb) {
    std::string bomb = "a0: &a0 [x]\n";
    for (int i = 1; i < 30; ++i) {
        const auto last = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last +
                "]\n";
    }
    EXPECT_THAT(only_complaint(bomb), ::testing::HasSubstr("anchors and aliases"));
}

TEST(Yaml, BoundsDepth) {
    const auto nested = [](std::size_t depth) {
        return "a: " + std::string(depth, '[') + std::string(depth, ']') + "\n";
    };
    EXPECT_TRUE(parse(nested(limits::kConfigDepth - 1)).node);
    EXPECT_THAT(only_complaint(nested(limits::kConfigDepth)),
                ::testing::HasSubstr("nested deeper than 64 levels"));
    EXPECT_THAT(only_complaint(std::string(100'000, '[')), ::testing::HasSubstr("nested deeper"));
}

TEST(Yaml, BoundsSize) {
    EXPECT_THAT(only_complaint(std::string(limits::kConfigBytes + 1, '\n')),
                ::testing::StartsWith("f:1:1: error: the file is larger than"));
}

TEST(Yaml, SaysWhereTheSyntaxIsWrong) {
    EXPECT_THAT(only_complaint("a: 1\nb: [1, 2\nc: 3\n"),
                ::testing::HasSubstr("error: this is not YAML"));
    EXPECT_THAT(only_complaint("a: b: c\n"),
                ::testing::StartsWith("f:1:5: error: this is not YAML: illegal map value"));
    EXPECT_THAT(only_complaint("a:\n\t- b\n"),
                ::testing::StartsWith("f:2:2: error: this is not YAML"));
}

TEST(Yaml, RefusesWhatIsNotUtf8) {
    EXPECT_THAT(only_complaint("a: \xFF\n"), ::testing::HasSubstr("not UTF-8"));
    EXPECT_THAT(only_complaint(std::string_view("a\0:\0 \0b\0", 8)),
                ::testing::HasSubstr("not UTF-8"));
}

TEST(Yaml, TakesAnEmptyFileForNothing) {
    EXPECT_EQ(parse("").node->kind, Node::Kind::null);
    EXPECT_EQ(parse("# only a comment\n").node->kind, Node::Kind::null);
}

}  // namespace
}  // namespace muster::config
