#include "connect/ldif/writer.h"

#include <algorithm>

#include "base/text.h"

namespace muster::ldif {

namespace {

constexpr std::size_t kLineLength = 76;

/// SAFE-STRING of RFC 2849, and no blank at the end (its note 8).
bool is_safe(std::string_view value) {
    if (value.empty()) {
        return true;
    }
    if (value.front() == ' ' || value.front() == ':' || value.front() == '<' ||
        value.back() == ' ') {
        return false;
    }
    return std::ranges::none_of(value, [](char c) {
        return c == '\0' || c == '\n' || c == '\r' || static_cast<unsigned char>(c) > 127;
    });
}

}  // namespace

void append_line(std::string& out, std::string_view name, std::string_view value) {
    std::string line(name);
    if (is_safe(value)) {
        line += value.empty() ? ":" : ": ";
        line += value;
    } else {
        line += ":: " + base64_encode(value);
    }
    std::string_view rest = line;
    out += rest.substr(0, kLineLength);
    rest.remove_prefix(std::min(kLineLength, rest.size()));
    while (!rest.empty()) {
        out += "\n ";
        out += rest.substr(0, kLineLength - 1);
        rest.remove_prefix(std::min(kLineLength - 1, rest.size()));
    }
    out += '\n';
}

}  // namespace muster::ldif
