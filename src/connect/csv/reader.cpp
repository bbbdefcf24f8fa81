#include "connect/csv/reader.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

namespace muster::csv {

namespace {

constexpr std::size_t kBufferBytes = 1u << 20;
constexpr std::size_t kSpareBytes = 4u << 10;  // room to see the end of a small file
constexpr std::string_view kMark = "\xEF\xBB\xBF";

/// Every other byte is zero, or the mark says so.
bool is_utf16(const std::vector<std::string>& header) {
    if (header.empty()) {
        return false;  // an unusable first line has no cells
    }
    const auto& first = header.front();
    return first.starts_with("\xFF\xFE") || first.starts_with("\xFE\xFF") ||
           first.find('\0') != std::string::npos;
}

bool is_blank(const Row& row) {
    return std::ranges::all_of(row.cells, [](std::string_view cell) {
        return cell.find_first_not_of(" \t\r") == std::string_view::npos;
    });
}

/// Whether a flawed row may have swallowed another: a line end is in it, or it is as long as two
/// that were joined.
bool may_hold_more(const Row& row, std::string_view text, std::size_t columns) {
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    if (text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    return text.find_first_of("\r\n") != std::string_view::npos ||
           (row.cells.size() > columns && row.cells.size() + 1 >= 2 * columns);
}

}  // namespace

Reader::Reader(const std::string& path, char delimiter) : file_(path), parser_(delimiter) {
    buffer_.resize(std::min<std::size_t>(kBufferBytes, file_.size() + kSpareBytes) +
                   SpecialFinder::kReach);
    read_header();
    check_header();
}

std::optional<std::size_t> Reader::column(std::string_view name) const {
    const auto found = std::ranges::find(header_, name);
    return found == header_.end()
               ? std::nullopt
               : std::optional(static_cast<std::size_t>(found - header_.begin()));
}

std::size_t Reader::require_column(std::string_view name) const {
    const auto found = column(name);
    if (!found) {
        const auto hint = delimiter_hint(header_);
        throw Error(ErrorCode::data, fmt::format("{} has no column '{}'", file_.path(), name),
                    fmt::format("its columns are: {}; {}", fmt::join(header_, ", "),
                                hint.empty() ? "mend the header or the configuration" : hint));
    }
    return *found;
}

/// Makes room behind what is not consumed yet and reads on.
void Reader::refill() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    parser_.moved();
    if (end_ + SpecialFinder::kReach == buffer_.size()) {
        buffer_.resize(2 * (buffer_.size() - SpecialFinder::kReach) + SpecialFinder::kReach);
    }
    const auto got =
        file_.read(buffer_.data() + end_, buffer_.size() - SpecialFinder::kReach - end_);
    end_ += got;
    last_ = got == 0;
}

/// Parses one row of any kind; false at the end of the file.
bool Reader::parse() {
    for (;;) {
        if (begin_ == end_) {
            if (!last_) {
                refill();
            }
            if (begin_ == end_) {
                return false;
            }
        }
        const char* start = buffer_.data() + begin_;
        const char* next = parser_.parse(start, buffer_.data() + end_, last_, row_);
        if (next == nullptr) {
            if (end_ - begin_ > limits::kRecordBytes) {
                row_.flaw = RowFlaw::too_long;
                row_.line = line_;
                row_.offset = consumed_;
                row_.cells.clear();
                text_ = {};
                begin_ = end_;
                ended_ = true;
                cut_short_ = fmt::format("{}:{}: a row of more than {} MiB; the rest was not read",
                                         file_.name(), line_, limits::kRecordBytes >> 20);
                return true;
            }
            refill();
            continue;
        }
        const auto length = static_cast<std::size_t>(next - start);
        const std::string_view text(start, length);
        text_ = text;
        row_.line = line_;
        row_.offset = consumed_;
        const bool one_line = row_.ended && std::memchr(start, '\n', length - 1) == nullptr;
        line_ += one_line ? 1 : static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
        begin_ += length;
        consumed_ += length;
        if (text == "\n" || text == "\r\n") {
            continue;
        }
        if (row_.flaw == RowFlaw::none && row_.high && !valid_utf8(text)) {
            row_.flaw = RowFlaw::not_utf8;
        }
        return true;
    }
}

void Reader::read_header() {
    refill();
    if (std::string_view(buffer_.data(), end_).starts_with(kMark)) {
        has_mark_ = true;
        begin_ = kMark.size();
        consumed_ = kMark.size();
    }
    if (!parse()) {
        throw Error(ErrorCode::data, file_.path() + " is empty",
                    "its first line must name the columns");
    }
    header_.assign(row_.cells.begin(), row_.cells.end());
    carriage_returns_ = row_.ended && begin_ >= 2 && buffer_[begin_ - 2] == '\r';
}

void Reader::check_header() {
    const auto complain = [&](const std::string& what, const char* cure) {
        throw Error(ErrorCode::data, fmt::format("{}:1: {}", file_.path(), what), cure);
    };
    if (is_utf16(header_)) {
        complain("the file is UTF-16 text", "save it as UTF-8");
    }
    if (row_.flaw == RowFlaw::not_utf8) {
        complain("the header is not UTF-8", "save the file as UTF-8");
    }
    if (row_.flaw != RowFlaw::none) {
        complain("the header: " + describe_flaw(row_, row_.cells.size()).message,
                 "mend the first line");
    }
    std::set<std::string_view> seen;
    for (const auto& name : header_) {
        if (name.empty()) {
            complain("a column has no name", "name every column, and end the line without a comma");
        }
        if (name.find('\r') != std::string::npos) {
            complain("lines end in a lone carriage return", "save the file with LF or CRLF");
        }
        if (!seen.insert(name).second) {
            complain(fmt::format("two columns are named '{}'", name), "give each its own name");
        }
    }
}

bool Reader::next() {
    if (ended_) {
        return false;
    }
    do {
        if (!parse()) {
            finish();
            return false;
        }
    } while (row_.flaw == RowFlaw::none && is_blank(row_));
    if (row_.flaw == RowFlaw::none && row_.cells.size() != header_.size()) {
        row_.flaw = RowFlaw::ragged;
    }
    row_.holds_more = row_.flaw != RowFlaw::none && row_.flaw != RowFlaw::not_utf8 &&
                      may_hold_more(row_, text_, header_.size());
    if (row_.flaw != RowFlaw::none && !row_.ended && cut_short_.empty()) {
        cut_short_ =
            fmt::format("{}:{}: the file ends in the middle of a row", file_.name(), row_.line);
    }
    return true;
}

void Reader::finish() {
    ended_ = true;
    if (cut_short_.empty() && file_.changed()) {
        cut_short_ = file_.name() + " was written to while it was read";
    }
}

std::string delimiter_hint(const std::vector<std::string>& header) {
    constexpr std::pair<char, std::string_view> kDelimiters[] = {
        {';', ";"}, {'\t', "\\t"}, {'|', "|"}, {',', ","}};
    for (const auto& [character, spelled] : kDelimiters) {
        if (header.size() == 1 && header[0].find(character) != std::string::npos) {
            return fmt::format(
                "cells seem to be parted by '{0}': say settings: {{ delimiter: "
                "\"{0}\" }} for the system",
                spelled);
        }
    }
    return {};
}

FlawText describe_flaw(const Row& row, std::size_t columns) {
    switch (row.flaw) {
        case RowFlaw::ragged:
            return {"ragged-row",
                    fmt::format("{} cells where the header has {}; quote cells that hold the "
                                "delimiter or a line end",
                                row.cells.size(), columns)};
        case RowFlaw::bad_quoting:
            return {"bad-quoting",
                    fmt::format("cell {} is badly quoted; put the whole cell in quotes and double "
                                "those inside it",
                                row.cells.size() + 1)};
        case RowFlaw::unterminated:
            return {"bad-quoting", fmt::format("the file ends inside the quotes of cell {}",
                                               row.cells.size() + 1)};
        case RowFlaw::too_many_columns:
            return {"too-many-columns",
                    fmt::format("more than {} cells; is the delimiter right?", limits::kColumns)};
        case RowFlaw::too_long:
            return {"row-too-long", fmt::format("more than {} MiB; is a closing quote missing?",
                                                limits::kRecordBytes >> 20)};
        case RowFlaw::not_utf8:
            return {"not-utf8", "holds bytes that are not UTF-8; save the file as UTF-8"};
        case RowFlaw::none:
            break;
    }
    MUSTER_ASSERT(false, "no flaw");
}

}  // namespace muster::csv
