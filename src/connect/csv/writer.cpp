#include "connect/csv/writer.h"

#include <algorithm>

namespace muster::csv {

void append_cell(std::string& out, std::string_view cell, char delimiter) {
    const bool plain =
        !cell.starts_with("\xEF\xBB\xBF") &&  // else a first cell would pass for a byte order mark
        std::ranges::none_of(cell, [delimiter](char c) {
            return c == delimiter || c == '"' || c == '\n' || c == '\r';
        });
    if (plain) {
        out += cell;
        return;
    }
    out += '"';
    for (const char c : cell) {
        if (c == '"') {
            out += '"';
        }
        out += c;
    }
    out += '"';
}

}  // namespace muster::csv
