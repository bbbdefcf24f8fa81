#include "cli/console.h"

#include <gtest/gtest.h>

#include <sstream>

namespace muster {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(Console, NumbersAreGroupedByThousands) {
    EXPECT_EQ(thousands(0), "0");
    EXPECT_EQ(thousands(999), "999");
    EXPECT_EQ(thousands(1'000), "1,000");
    EXPECT_EQ(thousands(1'234'567), "1,234,567");
}

TEST(Console, NounsFollowTheirNumber) {
    EXPECT_EQ(counted(1, "system"), "1 system");
    EXPECT_EQ(counted(2'000, "system"), "2,000 systems");
}

TEST(Console, MomentsAreToTheSecond) {
    EXPECT_EQ(moment_text(Instant(std::chrono::microseconds(1'999'999))), "1970-01-01T00:00:01Z");
}

TEST(Console, DurationsAreAsFineAsTheyAreShort) {
    EXPECT_EQ(duration_text(0.0234), "0.02 s");
    EXPECT_EQ(duration_text(42.4), "42 s");
    EXPECT_EQ(duration_text(200), "3 min 20 s");
    EXPECT_EQ(duration_text(2 * 3600 + 5 * 60), "2 h 5 min");
}

TEST(Console, AgesAreRough) {
    const Instant present{};
    EXPECT_EQ(age_text(present - seconds(12), present), "12 s ago");
    EXPECT_EQ(age_text(present - seconds(300), present), "5 min ago");
    EXPECT_EQ(age_text(present - hours(1), present), "1 hour ago");
    EXPECT_EQ(age_text(present - hours(72), present), "3 days ago");
    EXPECT_EQ(age_text(present + hours(1), present), "0 s ago");  // a clock that was set back
}

TEST(Console, DataCannotMoveTheCursorOrForgeALine) {
    EXPECT_EQ(printable("Zoë 中"), "Zoë 中");
    EXPECT_EQ(printable("a\nb\tc"), "a\\nb\\tc");
    EXPECT_EQ(printable("\x1b[31mred"), "\\x1b[31mred");
    EXPECT_EQ(printable("a\xe2\x80\xae"), "a\\xe2\\x80\\xae");  // right-to-left override
    EXPECT_EQ(printable("\xff"), "\\xff");                      // no UTF-8
}

TEST(Console, TablesAlignByDisplayWidth) {
    std::ostringstream out;
    const Console console{out, out};
    Table table({1});
    table.add({"Zoë", "1"});
    table.add({"中中", "1,000", "x"});
    table.print(console, "> ");
    EXPECT_EQ(out.str(), "> Zoë       1\n> 中中  1,000  x\n");
}

TEST(Console, ColoursOnlyWhereAskedFor) {
    std::ostringstream out;
    Console console{out, out};
    EXPECT_EQ(styled(console, Style::bad, "no"), "no");
    console.colour = true;
    EXPECT_EQ(styled(console, Style::bad, "no"), "\x1b[31mno\x1b[0m");
    EXPECT_EQ(styled(console, Style::plain, "no"), "no");
}

TEST(Console, TextFoldsBetweenWords) {
    std::ostringstream out;
    Console console{out, out, true, false, false, 20};
    EXPECT_EQ(folded(console, "one two three four five six", "    "),
              "one two three four\n    five six");
    EXPECT_EQ(folded(console, "one two", "    ", 15), "one\n    two");
    EXPECT_EQ(folded(console, "a averyveryverylongword-indeed b", "  "),
              "a\n  averyveryverylongword-indeed\n  b");
    console.width = 0;
    EXPECT_EQ(folded(console, "one two three four five six", "    "),
              "one two three four five six");
}

TEST(Console, TheLastCellOfATableFoldsUnderItself) {
    std::ostringstream out;
    const Console console{out, out, true, false, false, 40};
    Table table;
    table.add({"sync", "held", "projected 84, provisioned 168, joined 46"});
    table.print(console);
    EXPECT_EQ(out.str(),
              "sync  held  projected 84, provisioned\n"
              "    168, joined 46\n");
}

}  // namespace
}  // namespace muster
