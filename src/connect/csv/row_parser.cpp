#include "connect/csv/row_parser.h"

#include <cstring>

#include "base/limits.h"

namespace muster::csv {

namespace {

const char* find(const char* from, const char* end, char wanted) {
    return static_cast<const char*>(
        std::memchr(from, wanted, static_cast<std::size_t>(end - from)));
}

std::string_view between(const char* from, const char* to) {
    return {from, static_cast<std::size_t>(to - from)};
}

/// A cell that ends a line, without the carriage return of its line end.
std::string_view last_cell(const char* from, const char* line_feed) {
    return between(from, line_feed > from && line_feed[-1] == '\r' ? line_feed - 1 : line_feed);
}

}  // namespace

const char* RowParser::parse(const char* begin, const char* end, bool last, Row& row) {
    row.cells.clear();
    row.flaw = RowFlaw::none;
    row.ended = true;
    escaped_.clear();
    if (begin != resume_) {
        finder_.seek(begin);
    }
    resume_ = nullptr;
    finder_.forget_high();
    const char* cell = begin;
    for (;;) {
        const char* at = finder_.next(end);
        if (at == end) {
            if (!last) {
                return nullptr;
            }
            row.cells.push_back(between(cell, end));
            row.ended = false;
            break;
        }
        if (*at == '\n') {
            row.cells.push_back(last_cell(cell, at));
            cell = at + 1;
            break;
        }
        if (*at == '"') {
            if (at != cell) {
                return give_up(cell, end, last, row);
            }
            at = quoted(at, end, last, row);
            if (at == nullptr || row.flaw != RowFlaw::none) {
                return at;
            }
            finder_.skip_to(at == end ? end : at + 1);
            if (at == end) {
                row.ended = false;
                break;
            }
            if (*at == '\n') {
                cell = at + 1;
                break;
            }
        } else {
            row.cells.push_back(between(cell, at));
        }
        cell = at + 1;
        if (row.cells.size() >= limits::kColumns) {
            row.flaw = RowFlaw::too_many_columns;
            return give_up(cell, end, last, row);
        }
    }
    resume_ = row.ended ? cell : nullptr;
    row.high = finder_.high();
    unescape(row);
    return row.ended ? cell : end;
}

/// Takes the quoted cell that opens at `open`; returns the delimiter or line feed behind it, or
/// `end`; null where more is needed.
const char* RowParser::quoted(const char* open, const char* end, bool last, Row& row) {
    bool doubled = false;
    for (const char* p = open + 1;; p += 2) {
        p = find(p, end, '"');
        if (p == nullptr || (p + 1 == end && !last)) {
            if (last) {
                row.flaw = RowFlaw::unterminated;
                row.ended = false;
                return end;
            }
            return nullptr;
        }
        if (p + 1 < end && p[1] == '"') {
            doubled = true;
            continue;
        }
        const char* behind = p + 1;
        if (behind + 1 < end && behind[0] == '\r' && behind[1] == '\n') {
            ++behind;
        } else if (behind + 1 == end && *behind == '\r') {
            if (!last) {
                return nullptr;
            }
            ++behind;
        }
        if (behind != end && *behind != '\n' && *behind != delimiter_) {
            return give_up(open, end, last, row);
        }
        if (doubled) {
            escaped_.push_back(row.cells.size());
        }
        row.cells.push_back(between(open + 1, p));
        return behind;
    }
}

const char* RowParser::give_up(const char* from, const char* end, bool last, Row& row) {
    const char* line_feed = find(from, end, '\n');
    if (line_feed == nullptr && !last) {
        return nullptr;
    }
    if (row.flaw == RowFlaw::none) {
        row.flaw = RowFlaw::bad_quoting;
    }
    row.ended = line_feed != nullptr;
    row.high = true;
    resume_ = nullptr;
    unescape(row);
    return row.ended ? line_feed + 1 : end;
}

void RowParser::unescape(Row& row) {
    if (escaped_.empty()) {
        return;
    }
    std::size_t bytes = 0;
    for (const auto i : escaped_) {
        bytes += row.cells[i].size();
    }
    unescaped_.clear();
    unescaped_.reserve(bytes);  // views into it must hold
    for (const auto i : escaped_) {
        const auto start = unescaped_.size();
        auto rest = row.cells[i];
        for (auto quote = rest.find('"'); quote != std::string_view::npos; quote = rest.find('"')) {
            unescaped_.append(rest.substr(0, quote + 1));
            rest.remove_prefix(quote + 2);
        }
        unescaped_.append(rest);
        row.cells[i] = std::string_view(unescaped_).substr(start);
    }
}

}  // namespace muster::csv
