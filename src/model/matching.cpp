#include "model/matching.h"

#include <algorithm>

#include "base/text.h"

namespace muster {

std::string matching_value(const Schema& schema, const MatchingKey& key, std::size_t part,
                           std::string_view text) {
    const bool bytes = key.use == KeyUse::joining_exact ||
                       schema.attribute(key.attributes[part]).type == Type::binary;
    if (bytes) {
        return is_blank(text) ? std::string{} : std::string(text);
    }
    auto folded = fold(text);
    return is_blank(folded) ? std::string{} : folded;
}

void matching_values(const Schema& schema, KeyId id, std::span<const AttributeId> attributes,
                     const Document& document, std::vector<std::string>& values) {
    const auto& key = schema.key(id);
    if (attributes.size() == 1) {
        const auto first = static_cast<std::ptrdiff_t>(values.size());
        for (const auto& value : document.values(attributes.front())) {
            if (auto text = matching_value(schema, key, 0, value.text); !text.empty()) {
                values.push_back(std::move(text));
            }
        }
        std::sort(values.begin() + first, values.end());
        values.erase(std::unique(values.begin() + first, values.end()), values.end());
        return;
    }
    std::string joined;
    for (std::size_t part = 0; part < attributes.size(); ++part) {
        const auto text = matching_value(schema, key, part, document.first(attributes[part]));
        if (text.empty()) {
            return;
        }
        joined += text;
        joined += '\x1f';
    }
    values.push_back(std::move(joined));
}

}  // namespace muster
