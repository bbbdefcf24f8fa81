#include "model/document.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace muster {

bool operator==(const Document::Range& a, const Document::Range& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Document::Value& x, const Document::Value& y) {
                          return x.attribute == y.attribute && x.text == y.text;
                      });
}

bool operator==(const Document& a, const Document& b) {
    return Document::Range{a.begin(), a.end()} == Document::Range{b.begin(), b.end()};
}

Document::Range Document::values(AttributeId attribute) const {
    const auto found = std::ranges::equal_range(slots_, attribute, {}, &Slot::attribute);
    const Slot* slots = slots_.data();
    return {{slots + (found.begin() - slots_.begin()), bytes_.data()},
            {slots + (found.end() - slots_.begin()), bytes_.data()}};
}

std::string_view Document::first(AttributeId attribute) const {
    const auto range = values(attribute);
    return range.empty() ? std::string_view() : range.front();
}

void Document::clear() {
    slots_.clear();
    bytes_.clear();
}

void Document::add(AttributeId attribute, std::string_view text) {
    MUSTER_ASSERT(text.size() <= std::numeric_limits<std::uint32_t>::max() - bytes_.size(),
                  "a document of {} bytes takes no value of {}", bytes_.size(), text.size());
    slots_.push_back({attribute, static_cast<std::uint32_t>(bytes_.size()),
                      static_cast<std::uint32_t>(text.size())});
    bytes_ += text;
}

void Document::normalise() {
    const auto text = [this](const Slot& s) {
        return std::string_view(bytes_.data() + s.offset, s.length);
    };
    const auto less = [&](const Slot& a, const Slot& b) {
        return a.attribute != b.attribute ? a.attribute < b.attribute : text(a) < text(b);
    };
    // What was read from the store comes in order; sorting again is what can be saved.
    const auto not_ascending = [&](const Slot& a, const Slot& b) { return !less(a, b); };
    if (std::ranges::adjacent_find(slots_, not_ascending) == slots_.end()) {
        return;
    }
    std::ranges::sort(slots_, less);
    const auto same = [&](const Slot& a, const Slot& b) {
        return a.attribute == b.attribute && text(a) == text(b);
    };
    const auto repeated = std::ranges::unique(slots_, same);
    slots_.erase(repeated.begin(), repeated.end());
}

void Document::set(AttributeId attribute, std::span<const std::string_view> texts) {
    Document changed;
    changed.slots_.reserve(slots_.size() + texts.size());
    changed.bytes_.reserve(bytes_.size());
    for (const auto value : *this) {
        if (value.attribute != attribute) {
            changed.add(value.attribute, value.text);
        }
    }
    for (const auto text : texts) {
        changed.add(attribute, text);
    }
    changed.normalise();
    *this = std::move(changed);
}

}  // namespace muster
