#include "model/delta.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "model/sample_schema.h"

namespace muster {
namespace {

using sample::Sample;

std::string json_of(const Delta& delta, const Schema& schema) {
    std::string json;
    encode(delta, schema, json);
    return json;
}

TEST(Diff, NamesWhatDiffers) {
    const Sample s;
    Document before;
    before.add(s["boolean"], "true");
    before.add(s["integer"], "1");
    before.add(s["text"], "same");
    before.normalise();
    Document after;
    after.add(s["integer"], "2");
    after.add(s["text"], "same");
    after.add(s["text*"], "new");
    after.normalise();
    EXPECT_EQ(diff(before, after), (std::vector<AttributeChange>{{s["boolean"], {"true"}, {}},
                                                                 {s["integer"], {"1"}, {"2"}},
                                                                 {s["text*"], {}, {"new"}}}));
    EXPECT_TRUE(diff(after, after).empty());
}

TEST(Apply, RefusesADocumentThatIsNotTheOneBefore) {
    const Sample s;
    Document d;
    d.add(s["text"], "other");
    const Document untouched = d;
    const std::vector<AttributeChange> changes{{s["boolean"], {}, {"true"}},
                                               {s["text"], {"x"}, {"y"}}};
    EXPECT_FALSE(muster::apply(changes, d));
    EXPECT_EQ(d, untouched);
}

RC_GTEST_PROP(DeltaProperty, DiffTurnsOneDocumentIntoTheOtherAndBack, ()) {
    const Sample s;
    const auto before = *sample::any_document(s);
    const auto after = *sample::any_document(s);
    Delta delta;
    delta.attributes = diff(before, after);
    Document d = before;
    RC_ASSERT(muster::apply(delta.attributes, d));
    RC_ASSERT(d == after);
    RC_ASSERT(muster::apply(inverse(delta).attributes, d));
    RC_ASSERT(d == before);
}

Delta any_delta(const Sample& s) {
    Delta delta;
    if (*rc::gen::arbitrary<bool>()) {
        delta.anchor = {"", "a\"b"};
        delta.name = {"uid=a,dc=x", "uid=é,dc=x"};
    }
    if (*rc::gen::arbitrary<bool>()) {
        delta.state = {ObjectState::provisioning, ObjectState::leaving};
        delta.joined = {ObjectId(), ObjectId(7)};
    }
    delta.attributes = diff(*sample::any_document(s), *sample::any_document(s));
    for (const auto* attribute : {"reference", "reference*"}) {
        for (int target = 1; target < *rc::gen::inRange(1, 9); ++target) {
            delta.links.push_back({s[attribute], target % 2 == 0, ObjectId(target), {}});
            delta.links.push_back({s[attribute], target % 3 == 0, {}, std::to_string(target)});
        }
    }
    std::ranges::sort(delta.links);
    return delta;
}

RC_GTEST_PROP(DeltaProperty, RoundTripsThroughJson, ()) {
    const Sample s;
    const auto delta = any_delta(s);
    RC_ASSERT(decode_delta(json_of(delta, s.schema), s.type, s.schema) == delta);
}

RC_GTEST_PROP(DeltaProperty, TwiceInvertedIsItself, ()) {
    const Sample s;
    const auto delta = any_delta(s);
    RC_ASSERT(inverse(inverse(delta)) == delta);
}

TEST(DeltaJson, RoundTripsEveryType) {
    const Sample s;
    for (const auto type : kAllTypes) {
        for (const auto& value : sample::values_of(type)) {
            Delta delta;
            delta.attributes.push_back({s[type_name(type)], {}, {value}});
            EXPECT_EQ(decode_delta(json_of(delta, s.schema), s.type, s.schema), delta) << value;
        }
    }
}

TEST(DeltaJson, IsOneLineAndLeavesOutWhatIsAbsent) {
    const Sample s;
    Delta delta;
    EXPECT_TRUE(delta.empty());
    EXPECT_EQ(json_of(delta, s.schema), "{}");
    delta.joined = {ObjectId(), ObjectId(3)};
    delta.attributes = {{s["integer"], {}, {"1"}}, {s["text*"], {"a", "b"}, {"a"}}};
    delta.links = {{s["reference"], false, ObjectId(4), {}},
                   {s["reference"], true, {}, "x"},
                   {s["reference"], true, ObjectId(5), {}}};
    EXPECT_FALSE(delta.empty());
    EXPECT_EQ(json_of(delta, s.schema),
              R"({"joined":[null,3],"attributes":{"integer":[null,"1"],"text*":[["a","b"],"a"]},)"
              R"("links":{"reference":{"-":[4],"+":["x",5]}}})");
}

TEST(DeltaJson, LeavesOutUnknownAttributes) {
    const Sample s;
    const auto delta = decode_delta(
        R"({"attributes":{"lost":[null,"x"],"text":["a",null]},"links":{"gone":{"+":[1]}}})",
        s.type, s.schema);
    EXPECT_EQ(delta.attributes, (std::vector<AttributeChange>{{s["text"], {"a"}, {}}}));
    EXPECT_TRUE(delta.links.empty());
}

TEST(DeltaJson, RefusesDamagedText) {
    const Sample s;
    for (const auto* json :
         {"", "[]", "{", R"({"what":1})", R"({"anchor":["a"]})", R"({"anchor":[1,2]})",
          R"({"state":["normal","odd"]})", R"({"joined":["a",1]})", R"({"attributes":[]})",
          R"({"attributes":{"text":["a","b","c"]}})", R"({"attributes":{"text":[1,2]}})",
          R"({"links":{"reference":{"+":5}}})", R"({"links":{"reference":{"*":[5]}}})",
          R"({"links":{"reference":{"+":[1.5]}}})"}) {
        EXPECT_THROW((void)decode_delta(json, s.type, s.schema), Error) << json;
    }
}

}  // namespace
}  // namespace muster
