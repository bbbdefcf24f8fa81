#include "engine/import_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/limits.h"
#include "base/text.h"

namespace muster {

namespace {

void report(ReadEntry& result, const Attribute& attribute, std::string_view code,
            std::string message) {
    result.problems.push_back({std::string(code), fmt::format("{}: {}", attribute.name, message)});
}

/// A value for a person's eyes: short and printable.
std::string shown(std::string_view text) {
    constexpr std::size_t kMost = 60;
    if (!valid_utf8(text)) {
        return "(not UTF-8)";
    }
    return text.size() <= kMost ? fmt::format("'{}'", text)
                                : fmt::format("a value of {} bytes", text.size());
}

void read_value(const Attribute& attribute, std::string_view text, std::string& buffer,
                ReadEntry& result) {
    if (attribute.type == Type::reference) {
        if (text.size() > limits::kNameBytes || !valid_utf8(text)) {
            report(result, attribute, "invalid-value", shown(text) + " is no reference");
            return;
        }
        result.references.push_back({attribute.id, text});
        return;
    }
    const auto value = canonical(attribute.type, text, buffer);
    if (!value) {
        report(result, attribute, "invalid-value",
               fmt::format("{} is not {}", shown(text), type_expectation(attribute.type)));
        return;
    }
    result.attributes.add(attribute.id, *value);
}

}  // namespace

void read_entry(const Schema& schema, std::span<const ReadValue> values, ReadEntry& result) {
    result.attributes.clear();
    result.references.clear();
    result.problems.clear();
    std::string buffer;
    for (const auto& value : values) {
        read_value(schema.attribute(value.attribute), value.text, buffer, result);
    }
    result.attributes.normalise();
    const auto key = [](const ReadValue& v) { return std::tie(v.attribute, v.text); };
    std::ranges::sort(result.references, {}, key);
    const auto repeated = std::ranges::unique(result.references, {}, key);
    result.references.erase(repeated.begin(), repeated.end());

    AttributeId crowded;  // single-valued attributes that came with several values keep none
    for (auto it = result.attributes.begin(); it != result.attributes.end(); ++it) {
        const auto& attribute = schema.attribute((*it).attribute);
        if (!attribute.multi && result.attributes.values(attribute.id).size() > 1 &&
            attribute.id != crowded) {
            crowded = attribute.id;
            report(result, attribute, "several-values",
                   "several values for a single-valued attribute");
        }
    }
    if (crowded) {
        for (const auto& attribute : schema.attributes(schema.attribute(crowded).owner)) {
            if (!attribute.multi && result.attributes.values(attribute.id).size() > 1) {
                result.attributes.set(attribute.id, {});
            }
        }
    }
    for (std::size_t i = 1; i < result.references.size(); ++i) {
        const auto& attribute = schema.attribute(result.references[i].attribute);
        if (!attribute.multi && result.references[i - 1].attribute == attribute.id) {
            report(result, attribute, "several-values",
                   "several values for a single-valued attribute");
            std::erase_if(result.references,
                          [&](const ReadValue& v) { return v.attribute == attribute.id; });
            i = 0;
        }
    }
}

void diff_links(const std::vector<Link>& before, std::vector<Link>& after,
                std::vector<LinkChange>& changes) {
    const auto key = [](const Link& l) { return std::tie(l.attribute, l.target, l.text); };
    std::ranges::sort(after, {}, key);
    const auto repeated = std::ranges::unique(after, {}, key);
    after.erase(repeated.begin(), repeated.end());
    auto old = before.begin();
    auto now = after.begin();
    while (old != before.end() || now != after.end()) {
        if (now == after.end() || (old != before.end() && key(*old) < key(*now))) {
            changes.push_back({old->attribute, false, old->target, old->text});
            ++old;
        } else if (old == before.end() || key(*now) < key(*old)) {
            changes.push_back({now->attribute, true, now->target, now->text});
            ++now;
        } else {
            ++old;
            ++now;
        }
    }
    std::ranges::sort(changes);
}

bool take_back(std::span<const Delta> newest_first, Object& object,
               std::vector<LinkChange>& link_changes) {
    std::map<std::tuple<AttributeId, ObjectId, std::string>, int>
        net;  // +1 must be opened, -1 must be closed
    for (const auto& delta : newest_first) {
        const Delta back = inverse(delta);
        if (!muster::apply(back.attributes, object.attributes)) {
            return false;
        }
        object.anchor = back.anchor ? back.anchor->second : object.anchor;
        object.name = back.name ? back.name->second : object.name;
        object.state = back.state ? back.state->second : object.state;
        for (const auto& link : back.links) {
            net[{link.attribute, link.target, link.text}] += link.opened ? 1 : -1;
        }
    }
    for (const auto& [link, times] : net) {
        if (times != 0) {
            link_changes.push_back(
                {std::get<0>(link), times > 0, std::get<1>(link), std::get<2>(link)});
        }
    }
    std::ranges::sort(link_changes);
    return true;
}

}  // namespace muster
