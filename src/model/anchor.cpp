#include "model/anchor.h"

#include "base/error.h"
#include "base/limits.h"

namespace muster {

AnchorResult make_anchor(const Schema& schema, TypeId type, std::span<const std::string_view> parts,
                         std::string& buffer) {
    const auto& attributes = schema.type(type).anchor;
    MUSTER_ASSERT(parts.size() == attributes.size() && !parts.empty(), "{} parts", parts.size());
    if (parts.size() == 1) {
        if (parts[0].empty()) {
            return {{}, AnchorFlaw::empty};
        }
        const auto text = canonical(schema.attribute(attributes[0]).type, parts[0], buffer);
        if (!text) {
            return {{}, AnchorFlaw::not_canonical};
        }
        if (text->empty()) {
            return {{}, AnchorFlaw::empty};
        }
        return text->size() > limits::kAnchorBytes ? AnchorResult{{}, AnchorFlaw::too_long}
                                                   : AnchorResult{*text, AnchorFlaw::none};
    }
    buffer.clear();
    bool empty = true;
    std::string part_buffer;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) {
            buffer += '|';
        }
        if (parts[i].empty()) {
            continue;
        }
        const auto text = canonical(schema.attribute(attributes[i]).type, parts[i], part_buffer);
        if (!text) {
            return {{}, AnchorFlaw::not_canonical};
        }
        for (const char c : *text) {
            if (c == '|' || c == '\\') {
                buffer += '\\';
            }
            buffer += c;
        }
        empty = empty && text->empty();
    }
    if (empty) {
        return {{}, AnchorFlaw::empty};
    }
    return buffer.size() > limits::kAnchorBytes ? AnchorResult{{}, AnchorFlaw::too_long}
                                                : AnchorResult{buffer, AnchorFlaw::none};
}

}  // namespace muster
