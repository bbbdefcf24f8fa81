#include "connect/ldap/ldap_values.h"

#include <array>
#include <charconv>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "connect/ldap/ldap_settings.h"

namespace muster {

namespace {

constexpr std::size_t kGuidBytes = 16;
/// Where the text's bytes stand in the binary form.
constexpr std::array<std::size_t, kGuidBytes> kGuidOrder = {3, 2, 1,  0,  5,  4,  7,  6,
                                                            8, 9, 10, 11, 12, 13, 14, 15};
constexpr char kHex[] = "0123456789abcdef";

unsigned hex_value(char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
}

/// Attributes that hold a guid as bytes; all others hold its text.
bool holds_guid_bytes(std::string_view attribute) {
    return same_attribute(attribute, "objectGUID") ||
           same_attribute(attribute, "mS-DS-ConsistencyGuid");
}

}  // namespace

std::string guid_from_bytes(std::string_view bytes) {
    MUSTER_ASSERT(bytes.size() == kGuidBytes, "{} bytes", bytes.size());
    std::string text;
    for (std::size_t i = 0; i < kGuidBytes; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text += '-';
        }
        const auto byte = static_cast<unsigned char>(bytes[kGuidOrder[i]]);
        text += kHex[byte >> 4];
        text += kHex[byte & 15];
    }
    return text;
}

std::string guid_to_bytes(std::string_view text) {
    std::string bytes(kGuidBytes, '\0');
    std::size_t at = 0;
    for (const auto place : kGuidOrder) {
        at += text[at] == '-' ? 1 : 0;
        bytes[place] = static_cast<char>(hex_value(text[at]) << 4 | hex_value(text[at + 1]));
        at += 2;
    }
    return bytes;
}

std::optional<std::string_view> from_ldap(Type type, std::string_view bytes, std::string& buffer) {
    switch (type) {
        case Type::binary:
            return buffer = base64_encode(bytes);
        case Type::guid:
            if (bytes.size() == kGuidBytes) {  // too short for a guid's text
                return buffer = guid_from_bytes(bytes);
            }
            break;
        case Type::datetime:
            if (const auto instant = parse_generalized_time(bytes)) {
                return buffer = format_instant(*instant);
            }
            break;
        case Type::text:
        case Type::integer:
        case Type::decimal:
        case Type::boolean:
        case Type::reference:
            break;
    }
    return valid_utf8(bytes) ? std::optional(bytes) : std::nullopt;
}

std::string to_ldap(Type type, std::string_view attribute, std::string_view canonical) {
    switch (type) {
        case Type::binary: {
            std::string bytes;
            const bool decoded = base64_decode(canonical, bytes);
            MUSTER_ASSERT(decoded, "{}", attribute);
            return bytes;
        }
        case Type::guid:
            return holds_guid_bytes(attribute) ? guid_to_bytes(canonical) : std::string(canonical);
        case Type::datetime: {
            const auto instant = parse_instant(canonical);
            MUSTER_ASSERT(instant.has_value(), "{}: {}", attribute, canonical);
            return format_generalized_time(*instant);
        }
        case Type::boolean:
            return canonical == "true" ? "TRUE" : "FALSE";
        case Type::text:
        case Type::integer:
        case Type::decimal:
        case Type::reference:
            break;
    }
    return std::string(canonical);
}

bool is_password(std::string_view attribute) {
    return same_attribute(attribute, "userPassword") || same_attribute(attribute, "unicodePwd");
}

std::string escape_filter_value(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7f || c == '*' || c == '(' || c == ')' || c == '\\') {
            out += '\\';
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        } else {
            out += c;
        }
    }
    return out;
}

std::optional<ValueRange> parse_range(std::string_view description) {
    constexpr std::string_view kOption = ";range=";
    for (std::size_t at = 0; at + kOption.size() <= description.size(); ++at) {
        if (!same_attribute(description.substr(at, kOption.size()), kOption)) {
            continue;
        }
        const auto range = description.substr(at + kOption.size());
        const auto dash = range.find('-');
        ValueRange out{description.substr(0, at), std::nullopt};
        if (dash == std::string_view::npos || range.substr(dash) == "-*") {
            return out;
        }
        std::uint64_t last = 0;
        const auto* end = range.data() + range.size();
        if (std::from_chars(range.data() + dash + 1, end, last).ptr == end) {
            out.next = last + 1;
        }
        return out;
    }
    return std::nullopt;
}

}  // namespace muster
