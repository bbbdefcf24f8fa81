#pragma once

#include <algorithm>
#include <bit>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace muster::postgresql {

/// What texts of any length are indexed by; whoever finds a row by it compares the text as well.
inline std::int64_t text_key(std::string_view text) {
    return std::bit_cast<std::int64_t>(digest(text).low);
}

inline std::vector<std::int64_t> text_keys(std::span<const std::string_view> texts) {
    std::vector<std::int64_t> keys(texts.size());
    std::transform(texts.begin(), texts.end(), keys.begin(), text_key);
    return keys;
}

/// Zero for no text, as links to an object have none.
inline std::int64_t text_key_or_zero(std::string_view text) {
    return text.empty() ? 0 : text_key(text);
}

}  // namespace muster::postgresql
