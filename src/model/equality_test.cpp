#include "model/equality.h"

#include <gmock/gmock.h>

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

bool one(Equality equality, std::string_view a, std::string_view b) {
    return equality_form(equality, a) == equality_form(equality, b);
}

TEST(Equality, TellsValuesApartAsDirectoriesDo) {
    EXPECT_FALSE(one(Equality::exact, "a", "A"));
    EXPECT_FALSE(one(Equality::case_exact, "a", "A"));
    EXPECT_TRUE(one(Equality::case_exact, " a  b ", "a b"));
    EXPECT_TRUE(one(Equality::case_ignore, "Ann@X.example", "ann@x.example"));
    EXPECT_TRUE(one(Equality::case_ignore, "ÉVA  Lee", "éva lee"));
    EXPECT_FALSE(one(Equality::case_ignore, "Strauß", "Strauss"));
    EXPECT_FALSE(one(Equality::case_ignore, "a b", "ab"));
    EXPECT_TRUE(one(Equality::telephone, "+1 555 0100", "+1-555-0100"));
    EXPECT_FALSE(one(Equality::telephone, "+1 555 0100", "+1 555 0101"));
    EXPECT_TRUE(one(Equality::numeric, "12 34", "1234"));
    EXPECT_TRUE(one(Equality::name, "CN = Ann,dc=x", "commonName=ann, DC=X"));
    EXPECT_TRUE(one(Equality::time, "20260301093000Z", "202603011030+0100"));
    EXPECT_FALSE(one(Equality::time, "no time", "No Time"));
    EXPECT_TRUE(one(Equality::integer, "007", "7"));
    EXPECT_FALSE(one(Equality::integer, "-7", "7"));
}

TEST(Equality, IsRememberedByName) {
    for (const auto equality :
         {Equality::exact, Equality::case_exact, Equality::case_ignore, Equality::telephone,
          Equality::numeric, Equality::name, Equality::time, Equality::integer}) {
        EXPECT_EQ(find_equality(equality_name(equality)), equality);
    }
    EXPECT_EQ(find_equality("what is that"), std::nullopt);
}

TEST(DistinctValues, KeepWhatIsThereAlready) {
    std::vector<OneValue> merged;
    EXPECT_THAT(
        distinct_values(Equality::case_ignore, {"ann@x"}, {"ANN@x", "ann@x", "bob@x"}, merged),
        ElementsAre("ann@x", "bob@x"));
    ASSERT_THAT(merged, SizeIs(1));
    EXPECT_EQ(merged[0].kept, "ann@x");
    EXPECT_EQ(merged[0].dropped, "ANN@x");
    merged.clear();
    EXPECT_THAT(distinct_values(Equality::case_ignore, {"ann@x"}, {"ANN@x"}, merged),
                ElementsAre("ANN@x"))
        << "a change of case that is wanted";
    EXPECT_THAT(merged, IsEmpty());
}

TEST(SpelledAsSent, TakesTheSystemsSpellingForWhatWasSent) {
    EXPECT_THAT(spelled_as_sent(Equality::case_ignore, {"Ann", "Bob"}, {"ANN", "Cy"}),
                ElementsAre("Ann", "Cy"));
}

}  // namespace
}  // namespace muster
