#include "model/json_text.h"

#include <cstdint>
#include <cstring>

namespace muster {

namespace {

bool is_verbatim(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

/// Whether all eight bytes of a word are verbatim: none below 0x20, none a quote, none a backslash
/// (Warren, Hacker's Delight, 6-1).
bool are_verbatim(std::uint64_t word) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighs = 0x8080808080808080;
    const auto below = [](std::uint64_t w, std::uint64_t n) {
        return (w - kOnes * n) & ~w & kHighs;
    };
    return (below(word, 0x20) | below(word ^ kOnes * '"', 1) | below(word ^ kOnes * '\\', 1)) == 0;
}

std::size_t verbatim_length(std::string_view text) {
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + i, 8);
        if (!are_verbatim(word)) {
            break;
        }
    }
    while (i < text.size() && is_verbatim(text[i])) {
        ++i;
    }
    return i;
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
        const auto length = verbatim_length(text);
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
