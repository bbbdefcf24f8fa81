#include "engine/import_diff.h"

#include <gmock/gmock.h>

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A connector type with an attribute of every kind that can be read wrongly.
class ReadingAnEntry : public ::testing::Test {
 protected:
    ReadingAnEntry() {
        schema_.add_space("metaverse");
        type_ = schema_.add_type(schema_.add_space("hr"), "person",
                                 {{"boss", Type::reference, false},
                                  {"members", Type::reference, true},
                                  {"name", Type::text, false},
                                  {"numbers", Type::integer, true},
                                  {"phone", Type::integer, false},
                                  {"photo", Type::binary, false}});
    }

    AttributeId id(std::string_view name) const { return schema_.find_attribute(type_, name); }

    /// Reads values of attributes; `before` is what was there.
    ReadEntry read(const std::vector<std::pair<std::string, std::string>>& values,
                   const Document* before = nullptr) const {
        std::vector<ReadValue> all;
        for (const auto& [name, text] : values) {
            all.push_back({id(name), text});
        }
        ReadEntry entry;
        read_entry(schema_, all, entry);
        keep_unreadable(schema_, type_, before, entry);
        return entry;
    }

    std::vector<std::string> texts(const ReadEntry& entry, std::string_view name) const {
        std::vector<std::string> result;
        for (const auto& value : entry.attributes.values(id(name))) {
            result.emplace_back(value.text);
        }
        return result;
    }

    static std::vector<std::string> codes(const ReadEntry& entry) {
        std::vector<std::string> result;
        for (const auto& flaw : entry.unreadable) {
            result.push_back(flaw.code);
        }
        return result;
    }

    Schema schema_;
    TypeId type_;
};

TEST_F(ReadingAnEntry, KeepsAnAttributeThatCannotBeUnderstood) {
    const auto before = read({{"phone", "1"}, {"numbers", "1"}, {"numbers", "2"}, {"name", "A"}});
    const auto after = read({{"phone", "one"}, {"numbers", "3"}, {"numbers", "x"}, {"name", "B"}},
                            &before.attributes);
    EXPECT_THAT(codes(after), ElementsAre("invalid-value", "invalid-value"));
    EXPECT_THAT(texts(after, "phone"), ElementsAre("1"));
    EXPECT_THAT(texts(after, "numbers"), ElementsAre("1", "2"));
    EXPECT_THAT(texts(after, "name"), ElementsAre("B"));
    Object object;
    object.type = type_;
    object.attributes = after.attributes;
    EXPECT_THAT(std::string(unreadable_note(schema_, object, id("phone"))),
                HasSubstr("phone: 'one' is not"));
    EXPECT_EQ(unreadable_note(schema_, object, id("name")), "");
    EXPECT_EQ(unreadable_notes(schema_, object).size(), 2u);
}

TEST_F(ReadingAnEntry, SeveralValuesForOneAndBadTextSayNothing) {
    const auto before = read({{"name", "A"}});
    EXPECT_THAT(texts(read({{"name", "B"}, {"name", "C"}}, &before.attributes), "name"),
                ElementsAre("A"));
    const auto bad =
        read({{"name", "\xff"}, {"boss", "\xff"}, {"members", "x"}}, &before.attributes);
    EXPECT_THAT(codes(bad), ElementsAre("not-utf8", "not-utf8"));
    EXPECT_THAT(texts(bad, "name"), ElementsAre("A"));
    EXPECT_EQ(bad.references.size(), 1u);
    const auto crowded = read({{"boss", "x"}, {"boss", "y"}});
    EXPECT_THAT(codes(crowded), ElementsAre("several-values"));
    EXPECT_THAT(crowded.references, IsEmpty());
}

TEST_F(ReadingAnEntry, WhatIsBinaryIsNotShown) {
    const auto entry = read({{"photo", "secret"}});
    ASSERT_THAT(codes(entry), ElementsAre("invalid-value"));
    EXPECT_THAT(entry.unreadable[0].message, Not(HasSubstr("secret")));
}

TEST_F(ReadingAnEntry, WhatIsReadAgainIsNotedNoMore) {
    const auto flawed = read({{"phone", "one"}});
    const auto mended = read({{"phone", "2"}}, &flawed.attributes);
    EXPECT_THAT(mended.unreadable, IsEmpty());
    EXPECT_FALSE(mended.attributes.has(schema_.type(type_).unreadable));
}

TEST_F(ReadingAnEntry, RemembersSinceWhenSomebodyIsHidden) {
    Object object;
    object.type = type_;
    EXPECT_EQ(hidden_since(schema_, object), std::nullopt);
    object.attributes.add(schema_.type(type_).unreadable, hidden_note(69));
    EXPECT_EQ(hidden_since(schema_, object), 69u);
}

}  // namespace
}  // namespace muster
