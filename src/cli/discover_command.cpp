#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "cli/commands.h"
#include "cli/describe.h"
#include "connect/connector.h"

namespace muster {
namespace {

/// A name as YAML reads it back: plain where it can be nothing else, else quoted.
std::string yaml_text(const std::string& text) {
    const bool plain = !text.empty() &&
                       text.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
                           "YZ0123456789_") == std::string::npos &&
                       (text[0] < '0' || text[0] > '9') && text != "true" && text != "false" &&
                       text != "null" && text != "yes" && text != "no" && text != "on" &&
                       text != "off";
    return plain ? text : boost::json::serialize(boost::json::string(text));  // JSON is YAML
}

std::string attribute_text(const DiscoveredAttribute& attribute) {
    const auto type = type_name(attribute.type);
    return attribute.multi ? fmt::format("{{ type: {}, multi: true }}", type) : std::string(type);
}

std::string settings_text(const DiscoveredType& type) {
    std::string text;
    for (const auto& [name, value] : type.settings) {
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, yaml_text(value));
    }
    return text;
}

void print(const Console& console, const ConnectedSystem& system,
           const std::vector<DiscoveredType>& types) {
    console.out << fmt::format("systems:\n  {}:\n    connector: {}\n    types:\n",
                               yaml_text(system.name), system.connector);
    for (const auto& type : types) {
        console.out << fmt::format("      {}:", yaml_text(type.name));
        if (type.objects > 0) {
            console.out << fmt::format("  # {} objects", thousands(type.objects));
        }
        console.out << '\n';
        if (!type.settings.empty()) {
            console.out << "        settings: { " << settings_text(type) << " }\n";
        }
        if (!type.anchor.empty()) {
            console.out << fmt::format("        anchor: {}\n", yaml_text(type.anchor));
        }
        console.out << "        attributes:\n";
        for (const auto& attribute : type.attributes) {
            console.out << fmt::format("          {}: {}", yaml_text(attribute.name),
                                       attribute_text(attribute));
            if (!attribute.note.empty()) {
                console.out << "  # " << printable(attribute.note);
            }
            console.out << '\n';
        }
    }
}

boost::json::array to_json(const std::vector<DiscoveredType>& types) {
    boost::json::array result;
    for (const auto& type : types) {
        boost::json::array attributes;
        for (const auto& attribute : type.attributes) {
            attributes.push_back({{"name", attribute.name},
                                  {"type", type_name(attribute.type)},
                                  {"multi", attribute.multi},
                                  {"note", attribute.note}});
        }
        boost::json::object settings;
        for (const auto& [name, value] : type.settings) {
            settings[name] = value;
        }
        result.push_back({{"name", type.name},
                          {"settings", std::move(settings)},
                          {"anchor", type.anchor},
                          {"objects", type.objects},
                          {"attributes", std::move(attributes)}});
    }
    return result;
}

}  // namespace

int execute(const DiscoverOptions& options, const Context& context) {
    const auto configuration = load_usable_configuration(context.global);
    const auto space = require_system(configuration, options.system);
    const auto types = make_connector(configuration, space)->discover();
    if (context.global.json) {
        print_json(context.console,
                   boost::json::object{{"system", options.system}, {"types", to_json(types)}});
    } else {
        print(context.console, configuration.system(space), types);
    }
    return 0;
}

}  // namespace muster
