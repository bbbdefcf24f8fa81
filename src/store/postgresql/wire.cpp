#include "store/postgresql/wire.h"

#include <utf8proc.h>

#include "base/text.h"

namespace muster::postgresql {
namespace {

constexpr char kEscape = '\x1a';
constexpr char kHex[] = "0123456789abcdef";

// What follows the escape
constexpr char kNul = '0';
constexpr char kItself = '1';
constexpr char kByte = 'x';  // and two hexadecimal digits

constexpr std::string_view kJsonEscape = "\\u001a";
constexpr std::string_view kJsonNul = "\\u0000";

bool plain(std::string_view text) {
    return text.find('\0') == std::string_view::npos &&
           text.find(kEscape) == std::string_view::npos && valid_utf8(text);
}

unsigned hex_value(char digit) {
    return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/// Bytes of the well-formed character at the front; 0 where there is none.
std::size_t character_length(std::string_view text) {
    utf8proc_int32_t point = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &point);
    return length > 0 ? static_cast<std::size_t>(length) : 0;
}

}  // namespace

std::string_view stored_text(std::string_view text, std::string& buffer) {
    if (plain(text))
        return text;
    buffer.clear();
    while (!text.empty()) {
        std::size_t length = 1;
        if (text.front() == '\0') {
            buffer += {kEscape, kNul};
        } else if (text.front() == kEscape) {
            buffer += {kEscape, kItself};
        } else if (length = character_length(text); length > 0) {
            buffer += text.substr(0, length);
        } else {
            const auto byte = static_cast<unsigned char>(text.front());
            buffer += {kEscape, kByte, kHex[byte >> 4], kHex[byte & 15]};
            length = 1;
        }
        text.remove_prefix(length);
    }
    return buffer;
}

std::string_view original_text(std::string_view stored, std::string& buffer) {
    if (stored.find(kEscape) == std::string_view::npos)
        return stored;
    buffer.clear();
    for (std::size_t i = 0; i < stored.size(); ++i) {
        if (stored[i] != kEscape || i + 1 == stored.size()) {
            buffer += stored[i];
        } else if (stored[++i] == kNul) {
            buffer += '\0';
        } else if (stored[i] == kByte && i + 2 < stored.size()) {
            buffer += static_cast<char>(hex_value(stored[i + 1]) * 16 + hex_value(stored[i + 2]));
            i += 2;
        } else {
            buffer += kEscape;
        }
    }
    return buffer;
}

std::string_view stored_json(std::string_view json, std::string& buffer) {
    if (json.find("\\u00") == std::string_view::npos)
        return json;
    buffer.clear();
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string_view rest = json.substr(i);
        if (json[i] != '\\') {
            buffer += json[i];
        } else if (rest.starts_with(kJsonNul) || rest.starts_with(kJsonEscape)) {
            buffer += kJsonEscape;
            buffer += rest.starts_with(kJsonNul) ? kNul : kItself;
            i += kJsonEscape.size() - 1;
        } else {
            buffer += rest.substr(0, 2);
            ++i;
        }
    }
    return buffer;
}

std::string_view original_json(std::string_view stored, std::string& buffer) {
    if (stored.find(kJsonEscape) == std::string_view::npos)
        return stored;
    buffer.clear();
    for (std::size_t i = 0; i < stored.size(); ++i) {
        const std::string_view rest = stored.substr(i);
        if (stored[i] != '\\') {
            buffer += stored[i];
        } else if (rest.starts_with(kJsonEscape) && rest.size() > kJsonEscape.size()) {
            buffer += rest[kJsonEscape.size()] == kNul ? kJsonNul : kJsonEscape;
            i += kJsonEscape.size();
        } else {
            buffer += rest.substr(0, 2);
            ++i;
        }
    }
    return buffer;
}

}  // namespace muster::postgresql
