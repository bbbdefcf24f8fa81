#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
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

}  // namespace

std::string to_ascii(std::string_view text) {
    if (std::ranges::all_of(text, is_ascii_char)) {
        return std::string(text);
    }
    auto unicode = icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    transliterator().transliterate(unicode);
    std::string out;
    unicode.toUTF8String(out);
    std::erase_if(out, [](char c) { return !is_ascii_char(c); });
    return out;
}

}  // namespace muster
