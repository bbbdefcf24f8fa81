#include "engine/import_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "base/limits.h"
#include "base/text.h"

namespace muster {

namespace {

/// The first thing that is wrong with an attribute is told.
void report(ReadEntry& result, AttributeId attribute, std::string_view code, std::string message,
            bool partly = false) {
    const auto at =
        std::ranges::lower_bound(result.unreadable, attribute, {}, &Unreadable::attribute);
    if (at == result.unreadable.end() || at->attribute != attribute) {
        result.unreadable.insert(
            at, Unreadable{attribute, std::string(code), std::move(message), partly});
    }
}

/// A value for a person's eyes: short and printable. What is binary may be secret.
std::string shown(const Attribute& attribute, std::string_view text) {
    constexpr std::size_t kMost = 60;
    return attribute.type == Type::binary || text.size() > kMost
               ? fmt::format("a value of {} bytes", text.size())
               : fmt::format("'{}'", text);
}

void read_value(const Attribute& attribute, std::string_view text, std::string& buffer,
                ReadEntry& result) {
    const bool reference = attribute.type == Type::reference;
    if (reference && text.size() <= limits::kNameBytes && valid_utf8(text)) {
        result.references.push_back({attribute.id, text});
        return;
    }
    const auto value = reference ? std::nullopt : canonical(attribute.type, text, buffer);
    if (value) {
        result.attributes.add(attribute.id, *value);
    } else if (!valid_utf8(text)) {
        report(result, attribute.id, "not-utf8",
               "a value is not well-formed UTF-8; if it is no text, declare it as binary");
    } else {
        report(
            result, attribute.id, "invalid-value",
            fmt::format("{} is not {}", shown(attribute, text), type_expectation(attribute.type)));
    }
}

/// Single-valued attributes that came with several values say nothing.
void find_crowded(const Schema& schema, ReadEntry& result) {
    constexpr std::string_view kCode = "several-values";
    const auto crowded = [&](AttributeId last, AttributeId next) {
        if (last == next && !schema.attribute(next).multi) {
            report(result, next, kCode,
                   "several values where one is due; leave one, or declare the attribute as multi");
        }
    };
    AttributeId last;
    for (const auto& value : result.attributes) {
        crowded(last, value.attribute);
        last = value.attribute;
    }
    for (std::size_t i = 1; i < result.references.size(); ++i) {
        crowded(result.references[i - 1].attribute, result.references[i].attribute);
    }
}

}  // namespace

void read_entry(const Schema& schema, std::span<const ReadValue> values, ReadEntry& result) {
    result.attributes.clear();
    result.references.clear();
    std::ranges::stable_sort(result.unreadable, {}, &Unreadable::attribute);
    const auto again = std::ranges::unique(result.unreadable, {}, &Unreadable::attribute);
    result.unreadable.erase(again.begin(), again.end());
    std::string buffer;
    for (const auto& value : values) {
        read_value(schema.attribute(value.attribute), value.text, buffer, result);
    }
    result.attributes.normalise();
    const auto key = [](const ReadValue& v) { return std::tie(v.attribute, v.text); };
    std::ranges::sort(result.references, {}, key);
    const auto repeated = std::ranges::unique(result.references, {}, key);
    result.references.erase(repeated.begin(), repeated.end());
    find_crowded(schema, result);
    for (const auto& flaw : result.unreadable) {
        result.attributes.set(flaw.attribute, {});
        std::erase_if(result.references,
                      [&](const ReadValue& v) { return v.attribute == flaw.attribute; });
    }
}

void keep_value(const Schema& schema, const ReadValue& value, ReadEntry& entry) {
    const auto& attribute = schema.attribute(value.attribute);
    report(entry, value.attribute, "ownerless-value",
           fmt::format("{} is missing, and stands in a row that does not say whose it is",
                       shown(attribute, value.text)),
           true);
    if (attribute.type == Type::reference) {
        entry.references.push_back(value);
    } else {
        entry.attributes.add(value.attribute, value.text);
        entry.attributes.normalise();
    }
}

void keep_unreadable(const Schema& schema, TypeId type, const Document* before, ReadEntry& entry) {
    if (entry.unreadable.empty()) {
        return;
    }
    std::vector<std::string> notes;
    for (const auto& flaw : entry.unreadable) {
        const auto& attribute = schema.attribute(flaw.attribute);
        if (before != nullptr && !flaw.partly && attribute.type != Type::reference) {
            std::vector<std::string_view> kept;
            for (const auto& value : before->values(flaw.attribute)) {
                kept.push_back(value.text);
            }
            entry.attributes.set(flaw.attribute, kept);
        }
        notes.push_back(fmt::format("{}: {}", attribute.name, flaw.message));
    }
    const std::vector<std::string_view> views(notes.begin(), notes.end());
    entry.attributes.set(schema.type(type).unreadable, views);
}

std::string_view unreadable_note(const Schema& schema, const Object& object,
                                 AttributeId attribute) {
    for (const auto& note : object.attributes.values(schema.type(object.type).unreadable)) {
        const auto& name = schema.attribute(attribute).name;
        if (note.text.starts_with(name) && note.text.substr(name.size()).starts_with(": ")) {
            return note.text;
        }
    }
    return {};
}

std::vector<std::string> unreadable_notes(const Schema& schema, const Object& object) {
    std::vector<std::string> notes;
    if (const auto attribute = schema.type(object.type).unreadable) {
        for (const auto& note : object.attributes.values(attribute)) {
            notes.emplace_back(note.text);
        }
    }
    return notes;
}

namespace {

constexpr std::string_view kHidden = "(missing): may be among the rows without a usable key, of ";

}  // namespace

std::string hidden_note(std::uint64_t before) {
    return fmt::format("{}which there were {} before", kHidden, before);
}

std::optional<std::uint64_t> hidden_since(const Schema& schema, const Object& object) {
    constexpr std::string_view kBeforeNumber = "which there were ";
    for (const auto& note : object.attributes.values(schema.type(object.type).unreadable)) {
        if (note.text.starts_with(kHidden)) {
            const auto digits = note.text.substr(kHidden.size() + kBeforeNumber.size());
            std::uint64_t before = 0;
            std::from_chars(digits.data(), digits.data() + digits.size(), before);
            return before;
        }
    }
    return std::nullopt;
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
