#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/error.h"
#include "base/text.h"

namespace muster {

namespace {

/// Costs milliseconds to make and is not thread-safe: one for each thread, for good.
const icu::Transliterator& transliterator() {
    thread_local const std::unique_ptr<icu::Transliterator> cached = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::Transliterator> made(icu::Transliterator::createInstance(
            "NFC; Any-Latin; Latin-ASCII", UTRANS_FORWARD, status));
        MUSTER_ASSERT(U_SUCCESS(status) && made != nullptr, "ICU: {}", u_errorName(status));
        return made;
    }();
    return *cached;
}

bool is_ascii_char(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

std::string transliterate(icu::UnicodeString text) {
    transliterator().transliterate(text);
    std::string out;
    text.toUTF8String(out);
    std::erase_if(out, [](char c) { return !is_ascii_char(c); });
    return out;
}

constexpr char32_t kFirstLatin = 0x80;
constexpr char32_t kEndLatin = 0x250;  // of Latin-1 Supplement, Latin Extended-A and -B

/// What each precomposed Latin letter becomes. A letter's spelling does not depend on its
/// neighbours there, and the table takes a hundredth of the time.
const std::string& latin_letter(char32_t c) {
    static const auto table = [] {
        std::array<std::string, kEndLatin - kFirstLatin> letters;
        for (char32_t letter = kFirstLatin; letter < kEndLatin; ++letter) {
            letters[letter - kFirstLatin] =
                transliterate(icu::UnicodeString(static_cast<UChar32>(letter)));
        }
        return letters;
    }();
    return table[c - kFirstLatin];
}

/// False where there is anything but ASCII and precomposed Latin letters (two bytes of UTF-8 each).
bool transliterate_latin(std::string_view text, std::string& out) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            out += text[i];
            continue;
        }
        const auto trail = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
        const char32_t c = (lead & 0x1Fu) << 6 | (trail & 0x3Fu);
        if ((lead & 0xE0u) != 0xC0 || (trail & 0xC0u) != 0x80 || c < kFirstLatin ||
            c >= kEndLatin) {
            return false;
        }
        out += latin_letter(c);
        ++i;
    }
    return true;
}

}  // namespace

std::string to_ascii(std::string_view text) {
    if (std::ranges::all_of(text, is_ascii_char)) {
        return std::string(text);
    }
    std::string out;
    out.reserve(text.size());
    if (transliterate_latin(text, out)) {
        return out;
    }
    return transliterate(icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size()))));
}

}  // namespace muster
