#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "config/keys.h"
#include "config/load.h"
#include "model/connector_settings.h"

namespace muster::config {

namespace {

namespace json = boost::json;

template <class Names>
json::array strings(const Names& names) {
    json::array all;
    for (const auto& name : names) {
        all.emplace_back(json::string(name));
    }
    return all;
}

/// A plain text; YAML reads some as numbers or truth values.
json::object any_scalar() {
    return {{"type", {"string", "number", "boolean"}}};
}

json::object of_mapping(const MappingSpec& spec);

/// A mapping of names of the operator's own.
json::object of_named(json::value each) {
    return {{"type", "object"}, {"additionalProperties", std::move(each)}};
}

/// A value that stands in the environment or a file.
json::object of_reference() {
    return {{"type", "string"}, {"pattern", "^\\$\\{(env|file):[^}]+\\}$"}};
}

json::object or_reference(json::object one) {
    return {{"anyOf", json::array{std::move(one), of_reference()}}};
}

json::object one_or_list(json::object one) {
    json::object list{{"type", "array"}, {"items", one}};
    return {{"anyOf", json::array{std::move(one), std::move(list)}}};
}

/// A rule's keys depend on its direction, which shows in `from`.
json::object of_rule() {
    return {{"type", "object"},
            {"if", {{"properties", {{"from", {{"pattern", "\\."}}}}}}},
            {"then", of_mapping(kInboundRule)},
            {"else", of_mapping(kOutboundRule)}};
}

json::object of_connector() {
    json::array names;
    for (const auto& spec : connector_specs()) {
        names.emplace_back(json::string(spec.name));
    }
    return {{"enum", std::move(names)}};
}

json::object of_limit() {
    json::object share{{"type", "string"}, {"pattern", "^(none|[0-9]+(\\.[0-9]+)? *%)$"}};
    json::object count{{"type", "integer"}, {"minimum", 0}};
    return {{"anyOf", json::array{std::move(share), std::move(count), of_mapping(kLimit)}}};
}

json::object of_shape(const KeySpec& key) {
    switch (key.shape) {
        case Shape::text:
        case Shape::path:
        case Shape::constant:
        case Shape::expression:
            return any_scalar();
        case Shape::number:
            return {{"type", "integer"}, {"minimum", 0}};
        case Shape::boolean:
            return {{"type", "boolean"}};
        case Shape::choice:
            return {{"enum", strings(key.choices)}};
        case Shape::connector:
            return of_connector();
        case Shape::duration:
            return {{"type", {"string", "integer"}},
                    {"pattern", "^(0|[0-9]+ *(second|minute|hour|day|week)s?)$"}};
        case Shape::size:
            return {{"type", "string"}, {"pattern", "^[0-9]+ *[KMGT]iB$"}};
        case Shape::percent:
            return {{"type", {"string", "number"}}, {"pattern", "^[0-9]+(\\.[0-9]+)? *%?$"}};
        case Shape::limit:
            return of_limit();
        case Shape::names:
            return one_or_list(any_scalar());
        case Shape::mapping:
            return of_mapping(*key.mapping);
        case Shape::named:
            return of_named(of_mapping(*key.mapping));
        case Shape::rules:
            return of_named(of_rule());
        case Shape::joins:
            return {{"type", "array"},
                    {"items",
                     {{"type", "object"},
                      {"minProperties", 1},
                      {"additionalProperties", any_scalar()}}}};
        case Shape::settings:
            return {{"type", "object"}};
    }
    return {};
}

json::object of_key(const KeySpec& key) {
    auto schema = of_shape(key);
    schema["description"] = json::string(key.help);
    if (!key.fallback.empty()) {
        schema["description"] = fmt::format("{} Default: {}.", key.help, key.fallback);
    }
    return schema;
}

json::object of_mapping(const MappingSpec& spec) {
    json::object properties;
    json::array required;
    for (const auto& key : spec.keys) {
        properties.emplace(key.name, of_key(key));
        if (key.required) {
            required.emplace_back(json::string(key.name));
        }
    }
    json::object mapping{{"type", "object"},
                         {"description", json::string(spec.help)},
                         {"properties", std::move(properties)},
                         {"additionalProperties", false}};
    if (!required.empty()) {
        mapping["required"] = std::move(required);
    }
    if (!spec.one_of.empty()) {
        json::array ways;
        for (const auto key : spec.one_of) {
            ways.emplace_back(json::object{{"required", json::array{json::string(key)}}});
        }
        mapping["oneOf"] = std::move(ways);
    }
    if (spec.plain.empty()) {
        return mapping;
    }
    return {{"anyOf", json::array{of_key(*spec.find(spec.plain)), std::move(mapping)}}};
}

json::object of_settings(std::span<const SettingSpec> specs, const SettingSpec::Level* level);

json::object of_setting(const SettingSpec& spec) {
    switch (spec.kind) {
        case SettingSpec::Kind::text:
        case SettingSpec::Kind::character:
        case SettingSpec::Kind::path:
        case SettingSpec::Kind::url:
            return any_scalar();
        case SettingSpec::Kind::integer:
            return or_reference({{"type", "integer"}, {"minimum", 0}});
        case SettingSpec::Kind::boolean:
            return or_reference({{"type", "boolean"}});
        case SettingSpec::Kind::list:
            return one_or_list(any_scalar());
        case SettingSpec::Kind::choice:
            return {{"enum", strings(spec.choices)}};
        case SettingSpec::Kind::secret:
            return of_reference();
        case SettingSpec::Kind::object:
            return spec.members.empty() ? of_named(any_scalar())
                                        : of_settings(spec.members, nullptr);
    }
    return {};
}

/// The settings of one level; all of them where `level` is null.
json::object of_settings(std::span<const SettingSpec> specs, const SettingSpec::Level* level) {
    json::object properties;
    json::array required;
    for (const auto& spec : specs) {
        if (level != nullptr && spec.level != *level) {
            continue;
        }
        auto schema = of_setting(spec);
        schema["description"] = json::string(spec.help);
        properties.emplace(spec.name, std::move(schema));
        if (spec.required) {
            required.emplace_back(json::string(spec.name));
        }
    }
    json::object settings{
        {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) {
        settings["required"] = std::move(required);
    }
    return settings;
}

/// `settings`, demanded where one of them is.
json::object with_settings(const ConnectorSpec& connector, SettingSpec::Level level,
                           json::object further = {}) {
    auto settings = of_settings(connector.settings, &level);
    const bool demanded = settings.contains("required");
    further.emplace("settings", std::move(settings));
    json::object schema{{"properties", std::move(further)}};
    if (demanded) {
        schema["required"] = json::array{"settings"};
    }
    return schema;
}

/// What a connector adds to the schema of a system: the settings of all levels.
json::object of_connected(const ConnectorSpec& connector) {
    using Level = SettingSpec::Level;
    auto attributes = of_named(with_settings(connector, Level::attribute));
    auto type = with_settings(connector, Level::type, {{"attributes", std::move(attributes)}});
    if (connector.anchor_required) {
        type["allOf"] = json::array{json::object{{"required", json::array{"anchor"}}}};
    }
    json::object condition{
        {"properties", {{"connector", {{"const", json::string(connector.name)}}}}},
        {"required", json::array{"connector"}}};
    return {{"if", std::move(condition)},
            {"then", with_settings(connector, Level::system, {{"types", of_named(type)}})}};
}

void indent(const json::value& value, std::size_t depth, std::string& out) {
    const std::string margin(2 * (depth + 1), ' ');
    const auto members = [&](const auto& all, char open, char close, auto&& write) {
        out += open;
        bool first = true;
        for (const auto& member : all) {
            out += first ? "\n" : ",\n";
            out += margin;
            write(member);
            first = false;
        }
        if (!first) {
            out += '\n';
            out.append(2 * depth, ' ');
        }
        out += close;
    };
    if (const auto* object = value.if_object()) {
        members(*object, '{', '}', [&](const json::key_value_pair& member) {
            out += json::serialize(json::value(member.key()));
            out += ": ";
            indent(member.value(), depth + 1, out);
        });
    } else if (const auto* array = value.if_array()) {
        members(*array, '[', ']',
                [&](const json::value& member) { indent(member, depth + 1, out); });
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

}  // namespace muster::config

namespace muster {

std::string configuration_json_schema() {
    using namespace config;
    auto schema = of_mapping(kTop);
    auto& system = schema.at("properties").at("systems").at("additionalProperties").as_object();
    json::array connected;
    for (const auto& spec : connector_specs()) {
        connected.emplace_back(of_connected(spec));
    }
    system["allOf"] = std::move(connected);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["title"] = "muster.yaml";
    std::string out;
    indent(schema, 0, out);
    return out + "\n";
}

}  // namespace muster
