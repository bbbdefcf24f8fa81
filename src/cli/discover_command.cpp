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

using FoundSettings = std::vector<std::pair<std::string, std::string>>;
std::string settings_text(const FoundSettings& settings) {
    std::string text;
    for (const auto& [name, value] : settings) {
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, yaml_text(value));
    }
    return text;
}

std::string attribute_text(const DiscoveredAttribute& attribute) {
    const auto type = type_name(attribute.type);
    if (!attribute.multi && attribute.settings.empty() && attribute.target.empty()) {
        return std::string(type);
    }
    return fmt::format("{{ type: {}{}{}{} }}", type,
                       attribute.target.empty() ? "" : ", to: " + yaml_text(attribute.target),
                       attribute.multi ? ", multi: true" : "",
                       attribute.settings.empty()
                           ? ""
                           : ", settings: { " + settings_text(attribute.settings) + " }");
}

/// What muster.yaml says of the system itself, so that the output can stand in its place.
/// References stay references.
void print_system(const Console& console, const ConnectedSystem& system) {
    const auto json = [](std::string_view text) {  // JSON is YAML
        return boost::json::serialize(boost::json::string(text));
    };
    console.out << fmt::format("systems:\n  {}:\n    connector: {}\n", yaml_text(system.name),
                               json(system.connector));
    if (!system.settings.empty()) {
        std::string settings;
        for (const auto& [name, value] : system.settings) {
            settings += fmt::format("{}{}: {}", settings.empty() ? "" : ", ",
                                    yaml_text(std::string(name)), boost::json::serialize(value));
        }
        console.out << fmt::format("    settings: {{ {} }}\n", settings);
    }
}

void print(const Console& console, const ConnectedSystem& system,
           const std::vector<DiscoveredType>& types) {
    print_system(console, system);
    console.out << (types.empty() ? "    # nothing was found there\n" : "    types:\n");
    for (const auto& type : types) {
        console.out << fmt::format("      {}:", yaml_text(type.name));
        if (type.objects > 0) {
            console.out << fmt::format("  # {} objects", thousands(type.objects));
        }
        console.out << '\n';
        if (!type.note.empty()) {
            console.out << "        # " << printable(type.note) << '\n';
        }
        if (!type.settings.empty()) {
            console.out << "        settings: { " << settings_text(type.settings) << " }\n";
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

boost::json::object to_json(const FoundSettings& settings) {
    boost::json::object result;
    for (const auto& [name, value] : settings) {
        result[name] = value;
    }
    return result;
}

boost::json::array to_json(const std::vector<DiscoveredType>& types) {
    boost::json::array result;
    for (const auto& type : types) {
        boost::json::array attributes;
        for (const auto& attribute : type.attributes) {
            attributes.push_back({{"name", attribute.name},
                                  {"type", type_name(attribute.type)},
                                  {"multi", attribute.multi},
                                  {"to", attribute.target},
                                  {"settings", to_json(attribute.settings)},
                                  {"note", attribute.note}});
        }
        result.push_back({{"name", type.name},
                          {"settings", to_json(type.settings)},
                          {"anchor", type.anchor},
                          {"note", type.note},
                          {"objects", type.objects},
                          {"attributes", std::move(attributes)}});
    }
    return result;
}

}  // namespace

int execute(const DiscoverOptions& options, const Context& context) {
    const auto configuration = load_usable_system(context.global, options.system);
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
