#include "model/json_text.h"

#include <algorithm>

namespace muster {

namespace {

bool is_verbatim(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

void append_escape(char c, std::string& out) {
    constexpr char kHex[] = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += "\\u00";
            out += kHex[static_cast<unsigned char>(c) >> 4];
            out += kHex[static_cast<unsigned char>(c) & 15];
    }
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
    out += '"';
    while (!text.empty()) {
        const auto stop = std::ranges::find_if_not(text, is_verbatim);
        const auto length = static_cast<std::size_t>(stop - text.begin());
        out += text.substr(0, length);
        text.remove_prefix(length);
        if (!text.empty()) {
            append_escape(text.front(), out);
            text.remove_prefix(1);
        }
    }
    out += '"';
}

}  // namespace muster
