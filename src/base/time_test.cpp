#include "base/time.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace muster {
namespace {

using testing::Optional;

const Instant kMoment = *parse_instant("2026-03-01T09:30:00Z");

TEST(Instants, AreWrittenOneWay) {
    EXPECT_EQ(format_instant(Instant{}), "1970-01-01T00:00:00Z");
    EXPECT_EQ(format_instant(kMoment + std::chrono::microseconds(120'000)),
              "2026-03-01T09:30:00.12Z");
    EXPECT_EQ(format_instant(Instant{} - std::chrono::microseconds(1)),
              "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(format_generalized_time(kMoment + std::chrono::microseconds(5)),
              "20260301093000.000005Z");
}

TEST(Instants, AreReadInManySpellings) {
    for (const auto* text :
         {"2026-03-01T09:30Z", "2026-03-01 09:30:00", "2026-03-01T09:30:00.000000000Z",
          "2026-03-01T10:30:00+01:00", "2026-03-01T04:00:00-0530", "2026-03-01T10:30+01",
          "2026-03-01t09:30:00,0z"}) {
        EXPECT_THAT(parse_instant(text), Optional(kMoment)) << text;
    }
    EXPECT_THAT(parse_instant("2026-03-01"), Optional(kMoment - std::chrono::minutes(570)));
}

TEST(Instants, AreRefusedWhereTheyAreNone) {
    for (const auto* text :
         {"", "2026", "2026-02-29", "2026-13-01", "2026-3-1", "2026-03-01T", "2026-03-01T24:00",
          "2026-03-01T09:60", "2026-03-01T09:30:60Z", "2026-03-01T09:30:00.Z",
          "2026-03-01T09:30:00.0000001Z", "2026-03-01T09:30:00Zx", "2026-03-01T09:30:00+1",
          "2026-03-01T09:30:00+24:00", "2026-03-01T09:30:00+01:", "-026-03-01",
          "0000-01-01T00:00+01:00", "9999-12-31T23:59:59-00:01", " 2026-03-01"}) {
        EXPECT_EQ(parse_instant(text), std::nullopt) << text;
    }
}

TEST(GeneralizedTime, TakesFractionsOfTheLastUnitGiven) {
    for (const auto* text : {"20260301093000Z", "202603010930Z", "2026030109.5Z",
                             "202603010929,999Z", "20260301103000.0+0100", "20260301083000-01"}) {
        const auto moment = parse_generalized_time(text);
        ASSERT_TRUE(moment) << text;
        EXPECT_EQ(std::chrono::round<std::chrono::seconds>(*moment), kMoment) << text;
    }
}

TEST(GeneralizedTime, TakesALeapSecondForTheMomentAfterIt) {
    EXPECT_EQ(parse_generalized_time("20161231235960Z"), parse_generalized_time("20170101000000Z"));
    EXPECT_EQ(parse_generalized_time("20161231235960.5Z"),
              parse_generalized_time("20170101000000Z"));
    EXPECT_EQ(parse_generalized_time("20161231235961Z"), std::nullopt);
    EXPECT_EQ(parse_generalized_time("99991231235960Z"), std::nullopt);
}

TEST(GeneralizedTime, NeedsItsZone) {
    for (const auto* text : {"20260301093000", "20260301Z", "2026030109300Z", "20260230093000Z",
                             "20260301093000.Z", "20260301093000.1234567Z", "20260301093000ZZ"}) {
        EXPECT_EQ(parse_generalized_time(text), std::nullopt) << text;
    }
}

TEST(Patterns, WriteAndReadDates) {
    EXPECT_THAT(format_instant(kMoment, "%d.%m.%Y, %H:%M 100%%"),
                Optional(std::string("01.03.2026, 09:30 100%")));
    EXPECT_THAT(format_instant(kMoment, "%A %e %B"), Optional(std::string("Sunday  1 March")));
    EXPECT_THAT(parse_instant("01/03/2026 09:30", "%d/%m/%Y %H:%M"), Optional(kMoment));
    EXPECT_THAT(parse_instant("1 Mar 2026", "%d %b %Y"),
                Optional(kMoment - std::chrono::minutes(570)));
}

TEST(Patterns, RefuseWhatTheyDoNotKnow) {
    EXPECT_EQ(format_instant(kMoment, "%Z"), std::nullopt);
    EXPECT_EQ(format_instant(kMoment, "%"), std::nullopt);
    EXPECT_EQ(format_instant(kMoment, "%10Y"), std::nullopt);
    EXPECT_EQ(parse_instant("2026-03-01x", "%Y-%m-%d"), std::nullopt);
    EXPECT_EQ(parse_instant("2026-02-30", "%Y-%m-%d"), std::nullopt);
    EXPECT_EQ(parse_instant("12:00", "%H:%M"), std::nullopt);
    EXPECT_EQ(parse_instant("-001-03-01", "%Y-%m-%d"), std::nullopt);
    EXPECT_EQ(parse_instant("Sunday", "%A"), std::nullopt);
}

RC_GTEST_PROP(InstantProperty, RoundTripsBothWays, ()) {
    const auto first = parse_instant("0000-01-01")->time_since_epoch().count();
    const auto last = parse_instant("9999-12-31T23:59:59.999999Z")->time_since_epoch().count();
    const Instant t{std::chrono::microseconds(*rc::gen::inRange(first, last))};
    RC_ASSERT(parse_instant(format_instant(t)) == t);
    RC_ASSERT(parse_generalized_time(format_generalized_time(t)) == t);
}

RC_GTEST_PROP(InstantProperty, SurvivesAnyText, (const std::string& text)) {
    if (const auto t = parse_instant(text)) {
        RC_ASSERT(parse_instant(format_instant(*t)) == t);
    }
}

}  // namespace
}  // namespace muster
