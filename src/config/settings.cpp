#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <limits>

#include "base/suggest.h"
#include "config/build.h"
#include "config/shape.h"
#include "model/references.h"

namespace muster::config {

namespace {

using Kind = SettingSpec::Kind;

bool is_one_reference(std::string_view text) {
    return text.starts_with("${") && text.find('}') == text.size() - 1;
}

std::string_view expectation(Kind kind) {
    switch (kind) {
        case Kind::text:
            return "a text";
        case Kind::character:
            return "one ASCII character";
        case Kind::path:
            return "a path";
        case Kind::url:
            return "a URL";
        case Kind::integer:
            return "a whole number";
        case Kind::boolean:
            return "true or false";
        case Kind::list:
            return "a text or a list of texts";
        case Kind::choice:
            return "one of its choices";
        case Kind::secret:
            return "a reference to a secret";
        case Kind::object:
            return "a mapping";
    }
    return {};
}

/// Turns the settings of one level into JSON, complaining of what is not in their specification.
class Settings {
 public:
    explicit Settings(Complaints& complaints) : complaints_(complaints) {}

    /// `wanted` says which of the specifications are of the level in question.
    template <class Wanted>
    boost::json::object mapping(const Node* node, Place where, std::span<const SettingSpec> specs,
                                const std::string& path, Wanted wanted) {
        boost::json::object result;
        std::vector<std::string_view> known;
        for (const auto& spec : specs) {
            if (wanted(spec)) {
                known.push_back(spec.name);
            }
        }
        const auto given = node == nullptr ? std::span<const Entry>{} : std::span(node->entries);
        for (const auto& entry : given) {
            const auto spec = std::ranges::find_if(
                specs, [&](const SettingSpec& s) { return wanted(s) && s.name == entry.key; });
            if (spec == specs.end()) {
                complaints_.error(
                    entry.where, fmt::format("unknown setting '{}' of {}", entry.key, path),
                    known.empty() ? "there are none here" : suggest(entry.key, known));
            } else {
                result.emplace(entry.key,
                               value(entry, *spec, fmt::format("{}.{}", path, entry.key)));
            }
        }
        for (const auto& spec : specs) {
            if (wanted(spec) && spec.required &&
                (node == nullptr || node->find(spec.name) == nullptr)) {
                complaints_.error(where, fmt::format("{} lacks the setting '{}'", path, spec.name),
                                  fmt::format("add to its settings {}: {}", spec.name, spec.help));
            }
        }
        return result;
    }

 private:
    boost::json::value value(const Entry& entry, const SettingSpec& spec, const std::string& path) {
        const Node& node = entry.value;
        if (spec.kind == Kind::object) {
            return object(entry, spec, path);
        }
        if (spec.kind == Kind::list) {
            return list(entry, path);
        }
        if (!node.is_scalar()) {
            return wrong(entry, spec.kind, path);
        }
        switch (spec.kind) {
            case Kind::integer:
                if (is_one_reference(node.text)) {
                    return checked_text(node, path);  // the connector reads what stands behind it
                }
                if (const auto number = parse_number(node.text);
                    number && *number <= std::numeric_limits<std::int32_t>::max()) {
                    return static_cast<std::int64_t>(*number);
                }
                return wrong(entry, spec.kind, path);
            case Kind::boolean:
                if (is_one_reference(node.text)) {
                    return checked_text(node, path);
                }
                if (const auto flag = parse_boolean(node.text); flag) {
                    return *flag;
                }
                return wrong(entry, spec.kind, path);
            case Kind::choice:
                return choice(node, spec, path);
            case Kind::secret:
                if (!is_one_reference(node.text)) {
                    complaints_.error(node.where,
                                      fmt::format("{} is a secret written out in plain text", path),
                                      "refer to it as ${env:NAME} or ${file:PATH}");
                    return nullptr;
                }
                return checked_text(node, path);
            case Kind::character:
                return character(node, path);
            case Kind::path:
            case Kind::url:
                return node.text.empty() ? wrong(entry, spec.kind, path) : checked_text(node, path);
            case Kind::text:
            case Kind::list:
            case Kind::object:
                break;
        }
        return checked_text(node, path);
    }

    boost::json::value wrong(const Entry& entry, Kind kind, const std::string& path) {
        const auto& node = entry.value;
        complaints_.error(node.kind == Node::Kind::null ? entry.where : node.where,
                          fmt::format("{} must be {}", path, expectation(kind)));
        return nullptr;
    }

    boost::json::value character(const Node& node, const std::string& path) {
        const auto& text = node.text;
        const bool good = text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80 &&
                          std::string_view("\"\r\n\0", 4).find(text[0]) == std::string_view::npos;
        if (!good && text.find("${") == std::string::npos) {
            complaints_.error(
                node.where, fmt::format("{} cannot be '{}'", path, text),
                R"(use one ASCII character, such as "," ";" or "\t", in double quotes)");
        }
        return checked_text(node, path);
    }

    boost::json::value checked_text(const Node& node, const std::string& path) {
        if (const auto flaw = reference_flaw(node.text); !flaw.empty()) {
            complaints_.error(node.where, fmt::format("{}: {}", path, flaw),
                              "write ${env:NAME} or ${file:PATH}");
        }
        return boost::json::string(node.text);
    }

    boost::json::value choice(const Node& node, const SettingSpec& spec, const std::string& path) {
        if (std::ranges::find(spec.choices, node.text) == spec.choices.end()) {
            complaints_.error(node.where, fmt::format("{} cannot be '{}'", path, node.text),
                              suggest(node.text, {spec.choices.begin(), spec.choices.end()}));
        }
        return boost::json::string(node.text);
    }

    boost::json::value list(const Entry& entry, const std::string& path) {
        boost::json::array result;
        if (entry.value.is_scalar()) {
            result.push_back(checked_text(entry.value, path));
            return result;
        }
        if (!entry.value.is_list()) {
            return wrong(entry, Kind::list, path);
        }
        for (const auto& item : entry.value.items) {
            if (!item.is_scalar()) {
                complaints_.error(item.where,
                                  fmt::format("{} must be {}", path, expectation(Kind::list)));
            } else {
                result.push_back(checked_text(item, path));
            }
        }
        return result;
    }

    boost::json::value object(const Entry& entry, const SettingSpec& spec,
                              const std::string& path) {
        if (!entry.value.is_map()) {
            return wrong(entry, spec.kind, path);
        }
        if (!spec.members.empty()) {
            return mapping(&entry.value, entry.where, spec.members, path,
                           [](const SettingSpec&) { return true; });
        }
        boost::json::object result;
        for (const auto& member : entry.value.entries) {
            if (member.value.is_scalar()) {
                result.emplace(member.key,
                               checked_text(member.value, fmt::format("{}.{}", path, member.key)));
            } else {
                wrong(member, Kind::text, fmt::format("{}.{}", path, member.key));
            }
        }
        return result;
    }

    Complaints& complaints_;
};

}  // namespace

boost::json::object build_settings(const Entry& owner, const ConnectorSpec& connector,
                                   SettingSpec::Level level, const std::string& path,
                                   Complaints& complaints) {
    const auto* node = owner.value.find("settings");
    return Settings(complaints)
        .mapping(node, owner.where, connector.settings, path,
                 [level](const SettingSpec& spec) { return spec.level == level; });
}

}  // namespace muster::config
