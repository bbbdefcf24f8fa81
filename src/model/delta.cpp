#include "model/delta.h"

#include <algorithm>

namespace muster {

namespace {

std::vector<std::string> texts(const Document::Range& range) {
    std::vector<std::string> out;
    out.reserve(range.size());
    for (const auto value : range) {
        out.emplace_back(value.text);
    }
    return out;
}

bool holds(const Document::Range& range, const std::vector<std::string>& expected) {
    return std::ranges::equal(range, expected, [](const Document::Value& v, const std::string& s) {
        return v.text == s;
    });
}

/// Walks a document attribute by attribute.
class Groups {
 public:
    explicit Groups(const Document& document)
        : document_(document), left_{document.begin(), document.end()} {}

    bool done() const { return left_.empty(); }
    AttributeId attribute() const { return (*left_.first).attribute; }
    Document::Range take() {
        const auto group = document_.values(attribute());
        left_.first = group.last;
        return group;
    }

 private:
    const Document& document_;
    Document::Range left_;
};

template <class T>
BeforeAfter<T> swapped(const BeforeAfter<T>& change) {
    return change ? BeforeAfter<T>({change->second, change->first}) : std::nullopt;
}

}  // namespace

bool Delta::empty() const {
    return !anchor && !name && !state && !joined && attributes.empty() && links.empty();
}

std::vector<AttributeChange> diff(const Document& before, const Document& after) {
    std::vector<AttributeChange> changes;
    Groups old(before);
    Groups present(after);
    while (!old.done() || !present.done()) {
        if (present.done() || (!old.done() && old.attribute() < present.attribute())) {
            const auto attribute = old.attribute();
            changes.push_back({attribute, texts(old.take()), {}});
        } else if (old.done() || present.attribute() < old.attribute()) {
            const auto attribute = present.attribute();
            changes.push_back({attribute, {}, texts(present.take())});
        } else {
            const auto attribute = old.attribute();
            const auto was = old.take();
            const auto is = present.take();
            if (!(was == is)) {
                changes.push_back({attribute, texts(was), texts(is)});
            }
        }
    }
    return changes;
}

bool apply(std::span<const AttributeChange> changes, Document& document) {
    for (const auto& change : changes) {
        if (!holds(document.values(change.attribute), change.before)) {
            return false;
        }
    }
    const auto changed = [&](AttributeId attribute) {
        return std::ranges::find(changes, attribute, &AttributeChange::attribute) != changes.end();
    };
    Document result;
    for (const auto value : document) {
        if (!changed(value.attribute)) {
            result.add(value.attribute, value.text);
        }
    }
    for (const auto& change : changes) {
        for (const auto& text : change.after) {
            result.add(change.attribute, text);
        }
    }
    result.normalise();
    document = std::move(result);
    return true;
}

Delta inverse(const Delta& delta) {
    Delta back{swapped(delta.anchor), swapped(delta.name), swapped(delta.state),
               swapped(delta.joined), delta.attributes,    delta.links};
    for (auto& change : back.attributes) {
        std::swap(change.before, change.after);
    }
    for (auto& link : back.links) {
        link.opened = !link.opened;
    }
    std::ranges::sort(back.links);
    return back;
}

}  // namespace muster
