#include "config/shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/limits.h"
#include "base/suggest.h"
#include "model/connector_settings.h"

namespace muster::config {

namespace {

std::string inside(std::string_view path, std::string_view key) {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

/// The first line of a text, or what of it fits a complaint.
std::string beginning(std::string_view text) {
    constexpr std::size_t kShown = 80;
    auto length = std::min(text.find('\n'), std::min(text.size(), kShown));
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) {
        --length;  // not within a character
    }
    return std::string(text.substr(0, length)) + (length < text.size() ? "…" : "");
}

/// Walks a file beside the tables. `path` says in complaints where it is:
/// "systems.hr.types.person".
class ShapeCheck {
 public:
    explicit ShapeCheck(Complaints& complaints) : complaints_(complaints) {}

    void mapping(const Node& node, Place where, const MappingSpec& spec, const std::string& path) {
        if (!spec.plain.empty() && node.is_scalar()) {
            value(node, where, *spec.find(spec.plain), path);
            return;
        }
        if (!node.is_map()) {
            expected(node, where, path, "a mapping");
            return;
        }
        for (const auto& entry : node.entries) {
            if (const auto* key = spec.find(entry.key); key != nullptr) {
                value(entry.value, entry.where, *key, inside(path, entry.key));
            } else {
                unknown_key(entry, spec, path);
            }
        }
        for (const auto& key : spec.keys) {
            if (key.required && node.find(key.name) == nullptr) {
                complaints_.error(where, fmt::format("{} lacks '{}'", path, key.name),
                                  fmt::format("add {}: {}", key.name, key.help));
            }
        }
        exactly_one(node, where, spec, path);
    }

 private:
    void unknown_key(const Entry& entry, const MappingSpec& spec, const std::string& path) {
        std::vector<std::string_view> known;
        for (const auto& key : spec.keys) {
            known.push_back(key.name);
        }
        complaints_.error(
            entry.where,
            fmt::format("unknown key '{}'{}", entry.key, path.empty() ? "" : " in " + path),
            suggest(entry.key, known));
    }

    void exactly_one(const Node& node, Place where, const MappingSpec& spec,
                     const std::string& path) {
        const auto given = std::ranges::count_if(
            spec.one_of, [&](std::string_view key) { return node.find(key) != nullptr; });
        if (!spec.one_of.empty() && given != 1) {
            complaints_.error(
                where,
                fmt::format("{} says {} of {}", path, given == 0 ? "none" : "more than one",
                            fmt::join(spec.one_of, ", ")),
                "say exactly one of them");
        }
    }

    void expected(const Node& node, Place where, const std::string& path, std::string_view what,
                  std::string cure = {}) {
        const auto found = [&]() -> std::string {
            switch (node.kind) {
                case Node::Kind::null:
                    return "nothing";
                case Node::Kind::scalar:  // a whole file is not ours to show
                    return path.empty() ? "a text" : fmt::format("'{}'", beginning(node.text));
                case Node::Kind::list:
                    return "a list";
                case Node::Kind::map:
                    return "a mapping";
            }
            return {};
        }();
        complaints_.error(
            node.kind == Node::Kind::null ? where : node.where,
            fmt::format("{} must be {}, not {}", path.empty() ? "the file" : path, what, found),
            std::move(cure));
    }

    void named(const Node& node, Place where, const MappingSpec& spec, const std::string& path) {
        if (!node.is_map()) {
            expected(node, where, path, "a mapping of names");
            return;
        }
        for (const auto& entry : node.entries) {
            mapping(entry.value, entry.where, spec, inside(path, entry.key));
        }
    }

    void rules(const Node& node, Place where, const std::string& path) {
        if (!node.is_map()) {
            expected(node, where, path, "a mapping of names");
            return;
        }
        for (const auto& entry : node.entries) {
            const auto rule = inside(path, entry.key);
            if (const auto* spec = rule_mapping(entry.value); spec != nullptr) {
                mapping(entry.value, entry.where, *spec, rule);
            } else if (!entry.value.is_map()) {
                expected(entry.value, entry.where, rule, "a mapping");
            } else {
                complaints_.error(
                    entry.where,
                    fmt::format("{} leads neither into the metaverse nor out of it", rule),
                    "say from: SYSTEM.TYPE and to: METAVERSE-TYPE, or the reverse");
            }
        }
    }

    void joins(const Node& node, Place where, const std::string& path) {
        constexpr auto kCure = "write [ { METAVERSE-ATTRIBUTE: CONNECTOR-ATTRIBUTE } ]";
        if (!node.is_list()) {
            expected(node, where, path, "a list of mappings", kCure);
            return;
        }
        for (const auto& item : node.items) {
            if (!item.is_map() || item.entries.empty() ||
                !std::ranges::all_of(item.entries,
                                     [](const Entry& e) { return e.value.is_scalar(); })) {
                expected(item, item.where, path, "a list of mappings between attributes", kCure);
            }
        }
    }

    void names(const Node& node, Place where, const std::string& path) {
        if (node.is_scalar()) {
            return;
        }
        if (!node.is_list()) {
            expected(node, where, path, "a name or a list of names");
            return;
        }
        for (const auto& item : node.items) {
            if (!item.is_scalar()) {
                expected(item, item.where, path, "a list of names");
            }
        }
    }

    void choice(const Node& node, Place where, std::vector<std::string_view> choices,
                const std::string& path) {
        if (!node.is_scalar()) {
            expected(node, where, path, fmt::format("one of {}", fmt::join(choices, ", ")));
        } else if (std::ranges::find(choices, node.text) == choices.end()) {
            complaints_.error(node.where, fmt::format("{} cannot be '{}'", path, node.text),
                              suggest(node.text, choices));
        }
    }

    void scalar(const Node& node, Place where, std::string_view what, const std::string& path,
                bool good = true, std::string cure = {}) {
        if (!node.is_scalar() || node.text.empty() || !good) {
            expected(node, where, path, what, std::move(cure));
        }
    }

    void limit(const Node& node, Place where, const std::string& path) {
        if (node.is_map()) {
            mapping(node, where, kLimit, path);
            if (node.entries.empty()) {
                expected(node, where, path, "a limit", "say count, percent or both, or none");
            }
            return;
        }
        scalar(node, where, "a limit", path,
               node.text == "none" || parse_number(node.text).has_value() ||
                   (node.text.ends_with('%') && parse_percent(node.text).has_value()),
               "say a share (25%), a number (100), none, or {count: 100, percent: 25%}");
    }

    void value(const Node& node, Place where, const KeySpec& key, const std::string& path) {
        switch (key.shape) {
            case Shape::text:
            case Shape::path:
                return scalar(node, where, "a text", path);
            case Shape::constant:
                return scalar(node, where, "a value", path);
            case Shape::expression:
                return scalar(node, where, "a Lua expression", path);
            case Shape::number:
                return scalar(node, where, "a whole number", path,
                              parse_number(node.text).has_value());
            case Shape::boolean:
                return scalar(node, where, "true or false", path,
                              parse_boolean(node.text).has_value());
            case Shape::duration:
                return scalar(node, where, "a length of time", path,
                              parse_duration(node.text).has_value(),
                              "say it as 30 days, 12 hours or 0 days");
            case Shape::size:
                return scalar(node, where, "an amount of memory", path,
                              parse_size(node.text).has_value(), "say it as 512 MiB or 2 GiB");
            case Shape::percent:
                return scalar(node, where, "a share from 0% to 100%", path,
                              parse_percent(node.text).has_value());
            case Shape::choice:
                return choice(node, where, {key.choices.begin(), key.choices.end()}, path);
            case Shape::connector:
                return choice(node, where, connector_names(), path);
            case Shape::limit:
                return limit(node, where, path);
            case Shape::names:
                return names(node, where, path);
            case Shape::mapping:
                return mapping(node, where, *key.mapping, path);
            case Shape::named:
                return named(node, where, *key.mapping, path);
            case Shape::rules:
                return rules(node, where, path);
            case Shape::joins:
                return joins(node, where, path);
            case Shape::settings:
                if (!node.is_map()) {
                    expected(node, where, path, "a mapping", "write {} where there is none");
                }
                return;
        }
    }

    static std::vector<std::string_view> connector_names() {
        std::vector<std::string_view> all;
        for (const auto& spec : connector_specs()) {
            all.push_back(spec.name);
        }
        return all;
    }

    Complaints& complaints_;
};

}  // namespace

void check_file(const Node& top, Complaints& complaints) {
    ShapeCheck(complaints).mapping(top, top.where, kTop, {});
}

std::vector<std::string_view> top_keys() {
    std::vector<std::string_view> names;
    for (const auto& key : kTop.keys) {
        names.push_back(key.name);
    }
    return names;
}

const Node* value_of(const Node& mapping, std::string_view key, std::string_view plain) {
    return mapping.is_scalar() && key == plain ? &mapping : mapping.find(key);
}

const Node* scalar_of(const Node& mapping, std::string_view key, std::string_view plain) {
    const auto* node = value_of(mapping, key, plain);
    return node != nullptr && node->is_scalar() ? node : nullptr;
}

bool flag_of(const Node& mapping, std::string_view key) {
    const auto* node = scalar_of(mapping, key);
    return node != nullptr && parse_boolean(node->text).value_or(false);
}

const std::vector<Entry>& entries_of(const Node& mapping, std::string_view key) {
    static const std::vector<Entry> kNone;
    const auto* node = mapping.find(key);
    return node == nullptr ? kNone : node->entries;
}

std::vector<const Node*> names_of(const Node& mapping, std::string_view key) {
    const auto* node = mapping.find(key);
    std::vector<const Node*> names;
    if (node == nullptr) {
        return names;
    }
    if (node->is_scalar()) {
        names.push_back(node);
    }
    for (const auto& item : node->items) {
        if (item.is_scalar()) {
            names.push_back(&item);
        }
    }
    return names;
}

}  // namespace muster::config
