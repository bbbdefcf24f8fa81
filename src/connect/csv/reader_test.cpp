#include "connect/csv/reader.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <algorithm>

#include <rapidcheck/gtest.h>

#include "base/error.h"
#include "base/text.h"
#include "connect/csv/writer.h"
#include "support/temp_folder.h"

namespace muster::csv {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Cells = std::vector<std::string>;

struct Parsed {
    Cells header;
    std::vector<Cells> rows;
    std::vector<std::uint64_t> lines;
    std::vector<RowFlaw> flaws;
    std::string cut_short;
};

Parsed read(std::string_view content, char delimiter = ',') {
    const muster::testing::TempFolder folder;
    Reader reader(folder.write("x.csv", content), delimiter);
    Parsed parsed;
    parsed.header = reader.header();
    while (reader.next()) {
        parsed.rows.emplace_back(reader.row().cells.begin(), reader.row().cells.end());
        parsed.lines.push_back(reader.row().line);
        parsed.flaws.push_back(reader.row().flaw);
    }
    parsed.cut_short = reader.cut_short();
    return parsed;
}

std::string error_of(std::string_view content) {
    try {
        read(content);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::data);
        EXPECT_FALSE(error.cure().empty());
        return error.what();
    }
    return "no error";
}

TEST(CsvReader, ReadsPlainRowsWithEitherLineEnd) {
    for (const auto* content : {"a,b\n1,2\n3,\n", "a,b\r\n1,2\r\n3,\r\n", "a,b\n1,2\n3,"}) {
        const auto parsed = read(content);
        EXPECT_THAT(parsed.header, ElementsAre("a", "b"));
        EXPECT_THAT(parsed.rows, ElementsAre(ElementsAre("1", "2"), ElementsAre("3", "")));
        EXPECT_THAT(parsed.lines, ElementsAre(2, 3));
        EXPECT_THAT(parsed.cut_short, IsEmpty());
    }
}

TEST(CsvReader, TakesQuotesDelimitersAndLineEndsInsideQuotes) {
    const auto parsed = read("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\r\nlines\",\"\"\n3,4\n");
    EXPECT_THAT(parsed.rows, ElementsAre(ElementsAre("x,y", "say \"hi\""),
                                         ElementsAre("two\r\nlines", ""), ElementsAre("3", "4")));
    EXPECT_THAT(parsed.lines, ElementsAre(2, 3, 5));
}

TEST(CsvReader, PassesOverByteOrderMarkAndEmptyLines) {
    const auto parsed = read(
        "\xEF\xBB\xBF"
        "a;b\n\n1;2\n\r\n\n");
    EXPECT_THAT(parsed.header, ElementsAre("a;b"));
    const auto semicolons = read(
        "\xEF\xBB\xBF"
        "a;b\n\n1;2\n\r\n\n",
        ';');
    EXPECT_THAT(semicolons.rows, ElementsAre(ElementsAre("1", "2")));
    EXPECT_THAT(semicolons.lines, ElementsAre(3));
}

TEST(CsvReader, MarksRaggedRowsAndGoesOn) {
    const auto parsed = read("a,b\n1\n1,2,3\n4,5\n");
    EXPECT_THAT(parsed.flaws, ElementsAre(RowFlaw::ragged, RowFlaw::ragged, RowFlaw::none));
    EXPECT_THAT(parsed.cut_short, IsEmpty());
}

TEST(CsvReader, ABadlyQuotedRowDoesNotSwallowItsNeighbours) {
    const auto parsed = read("a,b\n1,5\" disk\n\"2\"x,y\n3,\"open\n4,fine\n5,\"q\"\n6,7\n");
    EXPECT_THAT(parsed.flaws,
                ElementsAre(RowFlaw::bad_quoting, RowFlaw::bad_quoting, RowFlaw::bad_quoting,
                            RowFlaw::none, RowFlaw::none, RowFlaw::none));
    EXPECT_THAT(parsed.lines, ElementsAre(2, 3, 4, 5, 6, 7));
    EXPECT_THAT(parsed.rows[0], ElementsAre("1"));
}

TEST(CsvReader, NoticesFilesCutShort) {
    EXPECT_THAT(read("a,b\n1,2\n3,\"fo").cut_short, HasSubstr("x.csv:3"));
    EXPECT_THAT(read("a,b\n1,2\n3").cut_short, HasSubstr("x.csv:3"));
    EXPECT_THAT(read("a,b\n1,2\n3,").cut_short, IsEmpty());  // a whole row as far as one can tell
    EXPECT_THAT(read("a,b\n1,2\n3\n").cut_short, IsEmpty());
}

TEST(CsvReader, MarksBytesThatAreNotUtf8) {
    const std::string padding(200, 'x');
    const auto parsed = read("a,b\n1,caf\xE9\n2,caf\xC3\xA9\n3,\"" + padding + "\xE9\"\n4,\"" +
                             padding + "\xC3\xA9\"\n");
    EXPECT_THAT(parsed.flaws,
                ElementsAre(RowFlaw::not_utf8, RowFlaw::none, RowFlaw::not_utf8, RowFlaw::none));
    EXPECT_THAT(read("a\n\"" + padding + "\xE9\"").flaws, ElementsAre(RowFlaw::not_utf8));
}

TEST(CsvReader, RefusesUnusableHeaders) {
    EXPECT_THAT(error_of(""), HasSubstr("is empty"));
    EXPECT_THAT(error_of("\n\n"), HasSubstr("is empty"));
    EXPECT_THAT(error_of("a,a\n"), HasSubstr("two columns are named 'a'"));
    EXPECT_THAT(error_of("a,\n"), HasSubstr("no name"));
    EXPECT_THAT(error_of("\x02*\""), HasSubstr("the header"));
    EXPECT_THAT(error_of("a,b\r1,2\r3,4"), HasSubstr("carriage return"));
    EXPECT_THAT(error_of("\xFF\xFE"
                         "a"),
                HasSubstr("UTF-16"));
    EXPECT_THAT(error_of("caf\xE9,b\n"), HasSubstr("not UTF-8"));
    EXPECT_THAT(error_of("a,\"b"), HasSubstr("inside the quotes"));
    std::string wide = "c";
    for (int i = 0; i < 5'000; ++i) {
        wide += ",c" + std::to_string(i);
    }
    EXPECT_THAT(error_of(wide + "\n"), HasSubstr("more than 4096 cells"));
}

TEST(CsvReader, ReadsRowsLongerThanItsBuffer) {
    const std::string big(3'000'000, 'x');
    std::string content = "a,b\n";
    for (int i = 0; i < 3; ++i) {
        content += std::to_string(i) + ",\"" + big + "\"\"\n\"\n";
        content += std::to_string(i) + ",short\n";
    }
    const auto parsed = read(content);
    ASSERT_EQ(parsed.rows.size(), 6u);
    for (std::size_t i = 0; i < 6; i += 2) {
        EXPECT_EQ(parsed.rows[i][1], big + "\"\n");
        EXPECT_EQ(parsed.rows[i + 1][1], "short");
    }
    EXPECT_EQ(parsed.lines.back(), 2u + 8u);
}

Cells random_cells(std::size_t count) {
    const auto cell = rc::gen::container<std::string>(
        rc::gen::element('a', 'b', ',', '"', '\n', '\r', ';', ' ', '\t', 'z'));
    return *rc::gen::container<Cells>(count, cell);
}

/// Rows of nothing are passed over.
bool says_nothing(const Cells& cells) {
    return std::ranges::all_of(cells, [](const std::string& cell) {
        return cell.find_first_not_of(" \t\r") == std::string::npos;
    });
}

RC_GTEST_PROP(CsvRoundTrip, WhatIsWrittenIsRead, ()) {
    const auto columns = *rc::gen::inRange<std::size_t>(1, 5);
    const auto count = *rc::gen::inRange<std::size_t>(0, 20);
    const std::string line_end = *rc::gen::element<std::string>("\n", "\r\n");
    std::vector<Cells> rows;
    std::string content;
    for (std::size_t i = 0; i < columns; ++i) {
        content += (i > 0 ? ",c" : "c") + std::to_string(i);
    }
    content += line_end;
    for (std::size_t i = 0; i < count; ++i) {
        rows.push_back(random_cells(columns));
        append_row(content, std::span<const std::string>(rows.back()), ',');
        content += line_end;
    }
    const auto parsed = read(content);
    std::erase_if(rows, says_nothing);
    RC_ASSERT(parsed.rows == rows);
    RC_ASSERT(parsed.cut_short.empty());
}

TEST(CsvRoundTrip, CellsMayFallOnAnyBoundaryOfTheSearch) {
    std::string content = "a,b,c\n";
    std::vector<Cells> rows;
    for (std::size_t length = 0; length < 300; ++length) {
        const std::string plain(length, 'x');
        rows.push_back({plain, plain.substr(0, length / 3), std::to_string(length)});
        rows.push_back({plain + ",", plain, "\""});
        rows.push_back({"", plain + "\"\n\"", plain});
    }
    for (const auto& row : rows) {
        append_row(content, std::span<const std::string>(row), ',');
        content += '\n';
    }
    EXPECT_EQ(read(content).rows, rows);
}

TEST(CsvReader, SaysWhatAFileIsThatItCannotRead) {
    const muster::testing::TempFolder folder;
    const auto complaint = [&](const std::string& content) -> std::string {
        try {
            Reader reader(folder.write("x.csv", content), ',');
            reader.require_column("first");
        } catch (const Error& error) {
            return std::string(error.what()) + " | " + std::string(error.cure());
        }
        return {};
    };
    using ::testing::HasSubstr;
    EXPECT_THAT(complaint(std::string("i\0d\0,\0f\0\n\0", 10)), HasSubstr("UTF-16"));
    EXPECT_THAT(complaint(std::string("\xFF\xFEi\0d\0\n\0", 8)), HasSubstr("UTF-16"));
    EXPECT_THAT(complaint("id;first;last\n"), HasSubstr(R"(delimiter: ";")"));
    EXPECT_THAT(complaint("id\tfirst\n"), HasSubstr(R"(delimiter: "\t")"));
    EXPECT_THAT(complaint("id,last\n"), HasSubstr("mend the header"));
}

}  // namespace
}  // namespace muster::csv
