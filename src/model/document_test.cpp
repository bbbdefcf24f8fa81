#include "model/document.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "model/sample_schema.h"

namespace muster {
namespace {

using sample::Sample;
using testing::ElementsAre;

std::vector<std::string> texts(const Document& document, AttributeId attribute) {
    std::vector<std::string> out;
    for (const auto value : document.values(attribute)) {
        out.emplace_back(value.text);
    }
    return out;
}

Document decoded(const Sample& s, std::string_view json) {
    Document out;
    decode(json, s.type, s.schema, out);
    return out;
}

TEST(Document, HoldsSetsInOrder) {
    const Sample s;
    Document d;
    d.add(s["text*"], "b");
    d.add(s["boolean"], "true");
    d.add(s["text*"], "a");
    d.add(s["text*"], "b");
    d.normalise();
    EXPECT_EQ(d.size(), 3u);
    EXPECT_THAT(texts(d, s["text*"]), ElementsAre("a", "b"));
    EXPECT_EQ(d.first(s["text*"]), "a");
    EXPECT_EQ(d.first(s["integer"]).data(), nullptr);
    EXPECT_FALSE(d.has(s["integer"]));
}

TEST(Document, ReplacesTheValuesOfOneAttribute) {
    const Sample s;
    Document d;
    d.add(s["text*"], "old");
    d.add(s["boolean"], "true");
    d.normalise();
    const std::string_view fresh[] = {"y", "x", d.first(s["text*"])};
    d.set(s["text*"], fresh);
    EXPECT_THAT(texts(d, s["text*"]), ElementsAre("old", "x", "y"));
    d.set(s["text*"], {});
    EXPECT_FALSE(d.has(s["text*"]));
    EXPECT_EQ(d.first(s["boolean"]), "true");
}

TEST(Document, IsEqualWhereItsValuesAre) {
    const Sample s;
    Document a;
    a.add(s["text"], "x");
    Document b;
    b.add(s["text*"], "x");
    EXPECT_FALSE(a == b);
    const std::string_view none[] = {"x"};
    b.set(s["text*"], {});
    b.set(s["text"], none);
    EXPECT_TRUE(a == b);
}

TEST(DocumentJson, IsCanonical) {
    const Sample s;
    Document d;
    d.add(s["text*"], "b");
    d.add(s["text*"], "a\"\n\x01");
    d.add(s["integer*"], "-5");
    d.add(s["boolean"], "true");
    d.add(s["decimal"], "0.5");
    d.normalise();
    std::string json = "before ";
    encode(d, s.schema, json);
    EXPECT_EQ(
        json,
        R"(before {"boolean":true,"decimal":"0.5","integer*":[-5],"text*":["a\"\n\u0001","b"]})");
}

TEST(DocumentJson, RoundTripsEveryTypeSingleAndMultiValued) {
    const Sample s;
    for (const auto type : kAllTypes) {
        for (const auto& value : sample::values_of(type)) {
            for (const auto* suffix : {"", "*"}) {
                Document d;
                d.add(s[std::string(type_name(type)) + suffix], value);
                std::string json;
                encode(d, s.schema, json);
                EXPECT_EQ(decoded(s, json), d) << json;
            }
        }
    }
}

RC_GTEST_PROP(DocumentProperty, RoundTripsThroughJson, ()) {
    const Sample s;
    const auto document = *sample::any_document(s);
    std::string json;
    encode(document, s.schema, json);
    RC_ASSERT(decoded(s, json) == document);
}

TEST(DocumentJson, LeavesOutWhatTheTypeDoesNotHave) {
    const Sample s;
    const auto d = decoded(s, R"({"aaa":"x","text":"kept","text**":["y",1],"zzz":true})");
    EXPECT_EQ(d.size(), 1u);
    EXPECT_EQ(d.first(s["text"]), "kept");
}

TEST(DocumentJson, ReadsKeysInAnyOrder) {
    const Sample s;
    const auto d = decoded(s, R"( { "text" : "t", "boolean" : false } )");
    EXPECT_EQ(d.first(s["text"]), "t");
    EXPECT_EQ(d.first(s["boolean"]), "false");
}

TEST(DocumentJson, DropsWhatIsNoValueOfAChangedType) {
    const Sample s;
    const auto d = decoded(s, R"({"integer":"5","integer*":["6","x"],"boolean":"maybe","text":7})");
    EXPECT_EQ(d.first(s["integer"]), "5");
    EXPECT_THAT(texts(d, s["integer*"]), ElementsAre("6"));
    EXPECT_FALSE(d.has(s["boolean"]));
    EXPECT_EQ(d.first(s["text"]), "7");
}

TEST(DocumentJson, ReadsLongEscapedTextsWhole) {
    const Sample s;
    Document d;
    std::string text;
    for (int i = 0; i < 5'000; ++i) {
        text += "\"é\n";
    }
    d.add(s["text"], text);
    std::string json;
    encode(d, s.schema, json);
    EXPECT_EQ(decoded(s, json), d);
}

TEST(DocumentJson, RefusesDamagedText) {
    const Sample s;
    for (const auto* json :
         {"", "{", "[]", "5", "null", R"({"text":})", R"({"text":"x"}x)", R"({"text":null})",
          R"({"text":{"text":"x"}})", R"({"text*":[["x"]]})", R"({"integer":1.5})",
          R"({"integer":9223372036854775808})", R"({"text":"x)", R"([{"text":"x"}])"}) {
        EXPECT_THROW((void)decoded(s, json), Error) << json;
    }
}

}  // namespace
}  // namespace muster
