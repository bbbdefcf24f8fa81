#pragma once

#include <bit>
#include <string_view>

#include "base/hash.h"

namespace muster::postgresql {

/// What texts of any length are indexed by; whoever finds a row by it compares the text as well.
inline std::int64_t text_key(std::string_view text) {
    return std::bit_cast<std::int64_t>(digest(text).low);
}

/// Zero for no text, as links to an object have none.
inline std::int64_t text_key_or_zero(std::string_view text) {
    return text.empty() ? 0 : text_key(text);
}

}  // namespace muster::postgresql
