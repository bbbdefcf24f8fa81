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
        throw Error(ErrorCode::data, fmt::format("{} has no column '{}'", file_.path(), name),
                    fmt::format("its columns are: {}; mend the header or the configuration",
                                fmt::join(header_, ", ")));
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
    if (!parse()) {
        finish();
        return false;
    }
    if (row_.flaw == RowFlaw::none && row_.cells.size() != header_.size()) {
        row_.flaw = RowFlaw::ragged;
    }
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
