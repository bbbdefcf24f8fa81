#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connect/csv/special_finder.h"

namespace muster::csv {

/// What is wrong with a row.
enum class RowFlaw : std::uint8_t {
    none,
    ragged,            ///< more or fewer cells than the header
    bad_quoting,       ///< a quote inside a plain cell, or more after a closing quote
    unterminated,      ///< the file ends inside a quoted cell
    too_many_columns,  ///< more than limits::kColumns
    too_long,          ///< more than limits::kRecordBytes
    not_utf8,
};

/// One row (RFC 4180 "record"). The views are valid until the next one is parsed.
struct Row {
    std::vector<std::string_view> cells;  ///< unquoted; those before the flaw where there is one
    RowFlaw flaw = RowFlaw::none;
    bool ended = true;         ///< a line end follows (the last one may have none)
    bool high = false;         ///< may hold bytes above 127
    bool holds_more = false;   ///< flawed: another row may have gone into it
    std::uint64_t line = 0;    ///< number of its first line in the file, from 1
    std::uint64_t offset = 0;  ///< of its first byte in the file
};

/// Takes rows apart. Knows bytes only: no file, no header.
class RowParser {
 public:
    explicit RowParser(char delimiter) : finder_(delimiter), delimiter_(delimiter) {}

    /// Parses the row at `begin`, which is before `end`. Returns where the next one starts, or null
    /// where the row does not end within what there is and `last` is false: call again with more.
    /// SpecialFinder::kReach bytes past `end` must be readable. A badly quoted row ends with the
    /// line on which the bad cell starts, so that one slip does not swallow its neighbours.
    const char* parse(const char* begin, const char* end, bool last, Row& row);

    /// Forgets where it was: the bytes have moved.
    void moved() { resume_ = nullptr; }

 private:
    const char* quoted(const char* open, const char* end, bool last, Row& row);
    const char* give_up(const char* from, const char* end, bool last, Row& row);
    void unescape(Row& row);

    SpecialFinder finder_;
    char delimiter_;
    const char* resume_ = nullptr;      // where finder_ stands
    std::vector<std::size_t> escaped_;  // cells with doubled quotes
    std::string unescaped_;
};

}  // namespace muster::csv
