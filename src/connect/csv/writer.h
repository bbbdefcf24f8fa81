#pragma once

#include <span>
#include <string>
#include <string_view>

namespace muster::csv {

/// Appends a cell, in quotes where RFC 4180 wants them.
void append_cell(std::string& out, std::string_view cell, char delimiter);

/// Appends a row without its line end.
template <class Text>
void append_row(std::string& out, std::span<const Text> cells, char delimiter) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) {
            out += delimiter;
        }
        append_cell(out, cells[i], delimiter);
    }
    if (cells.size() == 1 && cells[0].empty()) {
        out += "\"\"";  // an empty line would be no row
    }
}

}  // namespace muster::csv
