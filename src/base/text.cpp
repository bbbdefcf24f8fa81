#include "base/text.h"

#include <unicode/brkiter.h>
#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/stringpiece.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace muster {

namespace {

bool is_ascii(std::string_view text) {
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + i, 8);
        if ((word & 0x8080808080808080u) != 0) {
            return false;
        }
    }
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

char ascii_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

std::string fold_ascii(std::string_view text) {
    std::string out(text.size(), '\0');
    std::size_t length = 0;
    bool blank = true;  // leading ones are dropped
    for (const char c : text) {
        if (!is_space(c)) {
            out[length++] = ascii_lower(c);
            blank = false;
        } else if (!blank) {
            out[length++] = ' ';
            blank = true;
        }
    }
    out.resize(length > 0 && blank ? length - 1 : length);
    return out;
}

bool is_white_space(utf8proc_int32_t c) {
    if (c < 0x80) {
        return is_space(static_cast<char>(c));
    }
    const auto category = utf8proc_category(c);
    return c == 0x85 || category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

std::string encode_trimmed(const utf8proc_int32_t* points, std::size_t count) {
    std::string out;
    out.reserve(count * 2);
    bool blank = false;
    std::array<utf8proc_uint8_t, 4> bytes{};
    for (std::size_t i = 0; i < count; ++i) {
        if (is_white_space(points[i])) {
            blank = !out.empty();
            continue;
        }
        if (blank) {
            out += ' ';
            blank = false;
        }
        const auto length = utf8proc_encode_char(points[i], bytes.data());
        out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length));
    }
    return out;
}

constexpr int kNormalForm = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;

/// Lower case, one character for one. The dotted capital I, whose lower case depends on the
/// language, stays: it folds to something else than its lower case does.
utf8proc_int32_t lower_simply(utf8proc_int32_t point) {
    constexpr utf8proc_int32_t kDottedI = 0x130;
    return point == kDottedI ? point : utf8proc_tolower(point);
}

std::string fold_unicode(std::string_view text, bool in_full) {
    const auto options =
        static_cast<utf8proc_option_t>(kNormalForm | (in_full ? UTF8PROC_CASEFOLD : 0));
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    const auto size = static_cast<utf8proc_ssize_t>(text.size());

    std::array<utf8proc_int32_t, 256> few{};
    std::vector<utf8proc_int32_t> many;
    utf8proc_int32_t* points = few.data();
    auto capacity = static_cast<utf8proc_ssize_t>(few.size());
    auto count = utf8proc_decompose(bytes, size, points, capacity, options);
    if (count > capacity) {
        many.resize(static_cast<std::size_t>(count));
        points = many.data();
        capacity = count;
        count = utf8proc_decompose(bytes, size, points, capacity, options);
    }
    if (count < 0) {
        return std::string(text);
    }
    if (!in_full) {
        std::transform(points, points + count, points, lower_simply);
    }
    count = utf8proc_normalize_utf32(points, count, options);
    return count < 0 ? std::string(text) : encode_trimmed(points, static_cast<std::size_t>(count));
}

bool is_invisible(utf8proc_int32_t point) {
    const auto category = utf8proc_category(point);
    return is_white_space(point) || category == UTF8PROC_CATEGORY_CC ||
           category == UTF8PROC_CATEGORY_CF || utf8proc_get_property(point)->ignorable != 0;
}

using CaseMapping = void (*)(const char*, std::uint32_t, icu::StringPiece, icu::ByteSink&,
                             icu::Edits*, UErrorCode&);

std::string map_case(std::string_view text, CaseMapping mapping) {
    std::string out;
    out.reserve(text.size() + 8);
    icu::StringByteSink<std::string> sink(&out);
    UErrorCode status = U_ZERO_ERROR;
    mapping("", 0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink,
            nullptr, status);
    return U_SUCCESS(status) ? out : std::string(text);
}

}  // namespace

bool valid_utf8(std::string_view text) {
    if (is_ascii(text)) {
        return true;
    }
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    auto left = static_cast<utf8proc_ssize_t>(text.size());
    while (left > 0) {
        utf8proc_int32_t point = 0;
        const auto length = *bytes < 0x80 ? 1 : utf8proc_iterate(bytes, left, &point);
        if (length <= 0) {
            return false;
        }
        bytes += length;
        left -= length;
    }
    return true;
}

std::string fold(std::string_view text) {
    return is_ascii(text) ? fold_ascii(text) : fold_unicode(text, true);
}

std::string fold_simply(std::string_view text) {
    return is_ascii(text) ? fold_ascii(text) : fold_unicode(text, false);
}

bool is_blank(std::string_view text) {
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    auto left = static_cast<utf8proc_ssize_t>(text.size());
    while (left > 0) {
        utf8proc_int32_t point = 0;
        const auto length = utf8proc_iterate(bytes, left, &point);
        if (length <= 0 || !is_invisible(point)) {
            return false;
        }
        bytes += length;
        left -= length;
    }
    return true;
}

std::string lower(std::string_view text) {
    if (is_ascii(text)) {
        std::string out(text);
        std::ranges::transform(out, out.begin(), ascii_lower);
        return out;
    }
    return map_case(text, [](const char* locale, std::uint32_t options, icu::StringPiece in,
                             icu::ByteSink& sink, icu::Edits* edits, UErrorCode& status) {
        icu::CaseMap::utf8ToLower(locale, options, in, sink, edits, status);
    });
}

std::string upper(std::string_view text) {
    if (is_ascii(text)) {
        std::string out(text);
        std::ranges::transform(out, out.begin(), ascii_upper);
        return out;
    }
    return map_case(text, [](const char* locale, std::uint32_t options, icu::StringPiece in,
                             icu::ByteSink& sink, icu::Edits* edits, UErrorCode& status) {
        icu::CaseMap::utf8ToUpper(locale, options, in, sink, edits, status);
    });
}

std::string title(std::string_view text) {
    return map_case(text, [](const char* locale, std::uint32_t options, icu::StringPiece in,
                             icu::ByteSink& sink, icu::Edits* edits, UErrorCode& status) {
        // Expensive to make, cheap to point at another text; not to be shared between threads.
        thread_local const std::unique_ptr<icu::BreakIterator> words(
            icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
        icu::CaseMap::utf8ToTitle(locale, options, words.get(), in, sink, edits, status);
    });
}

std::string letters(std::string_view text) {
    std::string out;
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    const auto size = static_cast<utf8proc_ssize_t>(text.size());
    for (utf8proc_ssize_t at = 0; at < size;) {
        utf8proc_int32_t point = 0;
        const auto length = utf8proc_iterate(bytes + at, size - at, &point);
        if (length <= 0) {
            ++at;  // a stray byte is no letter
            continue;
        }
        const auto category = utf8proc_category(point);
        const bool letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
        const bool mark = category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
        if (letter || (mark && !out.empty())) {
            out += text.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(length));
        }
        at += length;
    }
    return out;
}

namespace {

bool is_wide_blank(utf8proc_int32_t c) {
    return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

/// Soft hyphen, marks of direction, zero-width characters, byte order mark.
bool is_zero_width(utf8proc_int32_t c) {
    return c == 0xAD || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2064) || c == 0xFEFF;
}

}  // namespace

std::optional<std::string> tidied_key(std::string_view key) {
    const bool ascii = std::ranges::all_of(key, [](char c) { return (c & 0x80) == 0; });
    if (ascii || !valid_utf8(key)) {
        const auto tidy = trim(key);
        return tidy.size() == key.size() ? std::nullopt : std::optional(std::string(tidy));
    }
    std::string tidy;
    for (auto rest = key; !rest.empty();) {
        utf8proc_int32_t point = 0;
        const auto length = static_cast<std::size_t>(
            utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                             static_cast<utf8proc_ssize_t>(rest.size()), &point));
        if (is_wide_blank(point)) {
            tidy += ' ';
        } else if (!is_zero_width(point)) {
            tidy += rest.substr(0, length);
        }
        rest.remove_prefix(length);
    }
    tidy = std::string(trim(tidy));
    return tidy == key ? std::nullopt : std::optional(std::move(tidy));
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace muster
