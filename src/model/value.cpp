#include "model/value.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"

namespace muster {

namespace {

using Canonical = std::optional<std::string_view>;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool is_hex(char c) {
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
    return std::ranges::equal(text, lower_case, {}, ascii_lower);
}

/// The text itself where it is what was made of it, so that callers need not copy.
Canonical original_or(std::string_view text, const std::string& buffer) {
    return text == buffer ? text : std::string_view(buffer);
}

Canonical canonical_text(std::string_view text, std::size_t most) {
    return text.size() <= most && valid_utf8(text) ? Canonical(text) : std::nullopt;
}

Canonical canonical_integer(std::string_view text, std::string& buffer) {
    auto digits = trim(text);
    if (digits.starts_with('+') && digits.size() > 1 && is_digit(digits[1])) {
        digits.remove_prefix(1);
    }
    std::int64_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) {
        return std::nullopt;
    }
    char spelled[24];
    const auto written = std::to_chars(std::begin(spelled), std::end(spelled), value);
    const std::string_view result(spelled, static_cast<std::size_t>(written.ptr - spelled));
    if (result == text) {
        return text;
    }
    buffer = result;
    return buffer;
}

/// A decimal taken apart: ±digits × 10^exponent.
struct Decimal {
    bool negative = false;
    std::string digits;  ///< without the point
    std::int64_t exponent = 0;
};

std::optional<Decimal> read_decimal(std::string_view text) {
    Decimal d;
    if (text.starts_with('-') || text.starts_with('+')) {
        d.negative = text.front() == '-';
        text.remove_prefix(1);
    }
    bool point = false;
    std::size_t i = 0;
    for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && !point)); ++i) {
        if (text[i] == '.') {
            point = true;
            continue;
        }
        d.digits += text[i];
        d.exponent -= point ? 1 : 0;
    }
    if (d.digits.empty()) {
        return std::nullopt;
    }
    if (i < text.size() && ascii_lower(text[i]) == 'e') {
        auto power = text.substr(i + 1);
        if (power.starts_with('+') && !power.starts_with("+-")) {
            power.remove_prefix(1);
        }
        std::int32_t value = 0;
        const auto read = std::from_chars(power.data(), power.data() + power.size(), value);
        if (read.ec != std::errc() || read.ptr != power.data() + power.size()) {
            return std::nullopt;
        }
        d.exponent += value;
        i = text.size();
    }
    return i == text.size() ? std::optional(std::move(d)) : std::nullopt;
}

bool is_canonical_decimal(std::string_view text) {
    const std::size_t sign = text.starts_with('-') ? 1 : 0;
    const auto point = std::min(text.find('.'), text.size());
    const auto whole = text.substr(sign, point - sign);
    const auto fraction = point < text.size() ? text.substr(point + 1) : std::string_view();
    return !whole.empty() && whole.size() + fraction.size() <= limits::kDecimalDigits &&
           std::ranges::all_of(whole, is_digit) && std::ranges::all_of(fraction, is_digit) &&
           (whole.size() == 1 || whole.front() != '0') &&
           (point == text.size() || (!fraction.empty() && fraction.back() != '0')) && text != "-0";
}

Canonical canonical_decimal(std::string_view text, std::string& buffer) {
    if (is_canonical_decimal(text)) {
        return text;
    }
    const auto trimmed = trim(text);
    // Leading zeros are no digits of the value, but nobody writes thousands of them.
    auto d = trimmed.size() <= 4 * limits::kDecimalDigits ? read_decimal(trimmed) : std::nullopt;
    if (!d) {
        return std::nullopt;
    }
    auto& digits = d->digits;
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    while (digits.ends_with('0')) {
        digits.pop_back();
        ++d->exponent;
    }
    if (digits.empty()) {
        buffer = "0";
        return buffer;
    }
    constexpr auto kMost = static_cast<std::int64_t>(limits::kDecimalDigits);
    const auto count = static_cast<std::int64_t>(digits.size());
    if (d->exponent > kMost || d->exponent < -kMost ||
        count + std::max(d->exponent, INT64_C(0)) > kMost) {
        return std::nullopt;
    }
    if (d->exponent >= 0) {
        digits.append(static_cast<std::size_t>(d->exponent), '0');
    } else {
        const auto places = static_cast<std::size_t>(-d->exponent);
        if (places >= digits.size()) {
            digits.insert(0, places - digits.size() + 1, '0');
        }
        if (digits.size() > limits::kDecimalDigits) {
            return std::nullopt;
        }
        digits.insert(digits.size() - places, 1, '.');
    }
    buffer = d->negative ? "-" + digits : digits;
    return buffer;
}

Canonical canonical_boolean(std::string_view text) {
    const auto word = trim(text);
    for (const std::string_view yes : {"true", "1", "yes"}) {
        if (equals_ignoring_case(word, yes)) {
            return "true";
        }
    }
    for (const std::string_view no : {"false", "0", "no"}) {
        if (equals_ignoring_case(word, no)) {
            return "false";
        }
    }
    return std::nullopt;
}

Canonical canonical_datetime(std::string_view text, std::string& buffer) {
    const auto trimmed = trim(text);
    auto moment = parse_instant(trimmed);
    if (!moment) {
        moment = parse_generalized_time(trimmed);
    }
    if (!moment) {
        return std::nullopt;
    }
    buffer = format_instant(*moment);
    return original_or(text, buffer);
}

bool is_canonical_guid(std::string_view text) {
    if (text.size() != 36) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool right =
            dash ? text[i] == '-' : is_hex(text[i]) && ascii_lower(text[i]) == text[i];
        if (!right) {
            return false;
        }
    }
    return true;
}

Canonical canonical_guid(std::string_view text, std::string& buffer) {
    if (is_canonical_guid(text)) {
        return text;
    }
    auto guid = trim(text);
    if (guid.starts_with("urn:uuid:")) {
        guid.remove_prefix(9);
    }
    if (guid.size() == 38 && guid.front() == '{' && guid.back() == '}') {
        guid = guid.substr(1, 36);
    }
    if (guid.size() == 32 && std::ranges::all_of(guid, is_hex)) {
        buffer = guid;
        for (const std::size_t dash : {8u, 13u, 18u, 23u}) {
            buffer.insert(dash, 1, '-');
        }
    } else {
        buffer = guid;
    }
    std::ranges::transform(buffer, buffer.begin(), ascii_lower);
    return is_canonical_guid(buffer) ? Canonical(buffer) : std::nullopt;
}

Canonical canonical_binary(std::string_view text, std::string& buffer) {
    if (text.size() > limits::kValueBytes) {
        return std::nullopt;
    }
    std::string bytes;
    if (base64_decode(text, bytes)) {
        return text;
    }
    // Line breaks are the one liberty that is taken in the wild.
    buffer.clear();
    std::ranges::remove_copy_if(text, std::back_inserter(buffer),
                                [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
    return base64_decode(buffer, bytes) ? Canonical(buffer) : std::nullopt;
}

}  // namespace

std::string_view type_name(Type type) {
    switch (type) {
        case Type::text:
            return "text";
        case Type::integer:
            return "integer";
        case Type::decimal:
            return "decimal";
        case Type::boolean:
            return "boolean";
        case Type::datetime:
            return "datetime";
        case Type::guid:
            return "guid";
        case Type::binary:
            return "binary";
        case Type::reference:
            return "reference";
    }
    return {};
}

std::optional<Type> type_from_name(std::string_view name) {
    const auto found = std::ranges::find(kAllTypes, name, type_name);
    return found == std::end(kAllTypes) ? std::nullopt : std::optional(*found);
}

Canonical canonical(Type type, std::string_view text, std::string& buffer) {
    switch (type) {
        case Type::text:
            return canonical_text(text, limits::kValueBytes);
        case Type::integer:
            return canonical_integer(text, buffer);
        case Type::decimal:
            return canonical_decimal(text, buffer);
        case Type::boolean:
            return text == "true" || text == "false" ? Canonical(text) : canonical_boolean(text);
        case Type::datetime:
            return canonical_datetime(text, buffer);
        case Type::guid:
            return canonical_guid(text, buffer);
        case Type::binary:
            return canonical_binary(text, buffer);
        case Type::reference:
            return text.empty() ? std::nullopt : canonical_text(text, limits::kNameBytes);
    }
    return std::nullopt;
}

std::string_view type_expectation(Type type) {
    switch (type) {
        case Type::text:
            return "text in UTF-8";
        case Type::integer:
            return "a 64-bit integer";
        case Type::decimal:
            return "a decimal number of at most 60 digits";
        case Type::boolean:
            return "true or false";
        case Type::datetime:
            return "a date and time (ISO 8601)";
        case Type::guid:
            return "a GUID (8-4-4-4-12 hexadecimal digits)";
        case Type::binary:
            return "bytes in base64";
        case Type::reference:
            return "the anchor or name of another object";
    }
    return {};
}

}  // namespace muster
