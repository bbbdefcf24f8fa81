#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "engine/expression_library.h"

namespace muster {

namespace {

constexpr std::int64_t kWidestPadding = 1'000;

bool starts_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

std::int64_t length_of(std::string_view text) {
    return std::ranges::count_if(text, starts_character);
}

std::int64_t not_negative(std::int64_t n) {
    if (n < 0) {
        throw BadArgument("a number of characters cannot be negative");
    }
    return n;
}

/// Where the n-th character starts, or the end.
std::size_t offset_of(std::string_view text, std::int64_t n) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (starts_character(text[i]) && n-- == 0) {
            return i;
        }
    }
    return text.size();
}

HelperValue text_lower(const HelperArguments& a) {
    return lower(a.text(1));
}

HelperValue text_upper(const HelperArguments& a) {
    return upper(a.text(1));
}

HelperValue text_title(const HelperArguments& a) {
    return title(a.text(1));
}

HelperValue text_ascii(const HelperArguments& a) {
    return to_ascii(a.text(1));
}

HelperValue text_letters(const HelperArguments& a) {
    return letters(a.text(1));
}

HelperValue text_digits(const HelperArguments& a) {
    std::string out(a.text(1));
    std::erase_if(out, [](char c) { return c < '0' || c > '9'; });
    return out;
}

HelperValue text_first(const HelperArguments& a) {
    const auto text = a.text(1);
    return std::string(text.substr(0, offset_of(text, not_negative(a.integer(2)))));
}

HelperValue text_last(const HelperArguments& a) {
    const auto text = a.text(1);
    const auto skipped = length_of(text) - not_negative(a.integer(2));
    return std::string(text.substr(offset_of(text, std::max<std::int64_t>(skipped, 0))));
}

HelperValue text_trim(const HelperArguments& a) {
    return std::string(trim(a.text(1)));
}

HelperValue text_replace(const HelperArguments& a) {
    auto text = a.text(1);
    const auto old = a.text(2);
    const auto by = a.text(3);
    if (old.empty()) {
        throw BadArgument("the text to replace is empty");
    }
    std::string out;
    for (auto found = text.find(old); found != std::string_view::npos; found = text.find(old)) {
        out += text.substr(0, found);
        out += by;
        text.remove_prefix(found + old.size());
        if (out.size() > limits::kExpressionBytes) {
            throw BadArgument("the result is too long");
        }
    }
    out += text;
    return out;
}

HelperValue text_split(const HelperArguments& a) {
    auto text = a.text(1);
    const auto separator = a.text(2);
    if (separator.empty()) {
        throw BadArgument("the separator is empty");
    }
    std::vector<std::string> parts;
    if (text.empty()) {
        return parts;
    }
    for (auto at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
        parts.emplace_back(text.substr(0, at));
        text.remove_prefix(at + separator.size());
    }
    parts.emplace_back(text);
    return parts;
}

HelperValue text_starts_with(const HelperArguments& a) {
    return a.text(1).starts_with(a.text(2));
}

HelperValue text_ends_with(const HelperArguments& a) {
    return a.text(1).ends_with(a.text(2));
}

HelperValue text_contains(const HelperArguments& a) {
    return a.text(1).find(a.text(2)) != std::string_view::npos;
}

HelperValue text_pad_left(const HelperArguments& a) {
    const auto text = a.text(1);
    const auto width = a.integer(2);
    const auto fill = a.text_or(3, "0");
    if (length_of(fill) != 1 || width > kWidestPadding) {
        throw BadArgument(
            fmt::format("pads with one character, to a width of at most {}", kWidestPadding));
    }
    std::string out;
    for (auto missing = width - length_of(text); missing > 0; --missing) {
        out += fill;
    }
    out += text;
    return out;
}

HelperValue text_fold(const HelperArguments& a) {
    return fold(a.text(1));
}

HelperValue text_length(const HelperArguments& a) {
    return length_of(a.text(1));
}

constexpr Helper kHelpers[] = {
    {"text", "lower", "s", "In lower case, in every script.", text_lower},
    {"text", "upper", "s", "In upper case, in every script.", text_upper},
    {"text", "title", "s", "Every word with an initial capital, the rest in lower case.",
     text_title},
    {"text", "ascii", "s", "The nearest spelling in ASCII: `Łukasz Müßig` gives `Lukasz Mussig`.",
     text_ascii},
    {"text", "letters", "s", "Only the letters.", text_letters},
    {"text", "digits", "s", "Only the digits 0 to 9.", text_digits},
    {"text", "first", "s, n", "The first n characters.", text_first},
    {"text", "last", "s, n", "The last n characters.", text_last},
    {"text", "trim", "s", "Without white space at both ends.", text_trim},
    {"text", "replace", "s, old, new", "With every `old` replaced by `new`, both taken literally.",
     text_replace},
    {"text", "split", "s, separator",
     "The list of parts between separators; none of an empty text.", text_split},
    {"text", "starts_with", "s, start", "Whether s starts so.", text_starts_with},
    {"text", "ends_with", "s, ending", "Whether s ends so.", text_ends_with},
    {"text", "contains", "s, part", "Whether s holds the part.", text_contains},
    {"text", "pad_left", "s, width, fill",
     "Filled up in front to so many characters, with `0` where no fill is given.", text_pad_left},
    {"text", "fold", "s",
     "The form in which texts are matched: case, compatible spellings and repeated blanks do not "
     "count.",
     text_fold},
    {"text", "length", "s", "The number of characters (`#s` counts bytes).", text_length},
};

}  // namespace

std::span<const Helper> text_helpers() {
    return kHelpers;
}

}  // namespace muster
