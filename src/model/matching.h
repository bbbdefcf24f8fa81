#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/document.h"
#include "model/schema.h"

namespace muster {

/// What a value stands for in a matching key: folded, or its very bytes where the attribute is
/// binary or the key is exact. Empty where there is nothing in it that could be told from nothing.
std::string matching_value(const Schema& schema, const MatchingKey& key, std::size_t part,
                           std::string_view text);

/// The values that some attributes of a document, beside those of the key, have in it: one per
/// value of a single attribute; one, joined, for several attributes; none where one of them is
/// missing or blank. Ascending, each once. Appends.
void matching_values(const Schema& schema, KeyId key, std::span<const AttributeId> attributes,
                     const Document& document, std::vector<std::string>& values);

}  // namespace muster
