#pragma once

#include <span>
#include <string_view>

namespace muster {

/// What one setting of a connector may be. Tables of these are what the configuration is checked
/// against, and what the JSON Schema and the configuration reference are generated from.
struct SettingSpec {
    enum class Level : unsigned char { system, type, attribute };
    enum class Kind : unsigned char {
        text,
        character,  ///< one of ASCII that can stand between cells: no quote and no line end
        path,
        url,
        integer,
        boolean,
        list,
        choice,
        secret,
        object
    };
    Level level;
    std::string_view name;
    Kind kind;
    bool required;
    std::string_view fallback;                  ///< the default as text; empty: none
    std::span<const std::string_view> choices;  ///< choice
    std::span<const SettingSpec>
        members;            ///< object: what it may hold (empty: any text under any name)
    std::string_view help;  ///< one sentence
};

struct ConnectorSpec {
    std::string_view name;
    std::string_view help;
    bool anchor_required;  ///< every type must say its anchor (else the connector has one of its
                           ///< own)
    bool named;            ///< objects have names (DNs) beside anchors
    bool exports;
    std::span<const SettingSpec> settings;
};

std::span<const ConnectorSpec> connector_specs();
const ConnectorSpec* find_connector_spec(std::string_view name);  ///< null where there is none

// One per file, model/connector_<name>.cpp.
extern const ConnectorSpec kCsvConnector;
extern const ConnectorSpec kLdifConnector;
extern const ConnectorSpec kLdapConnector;

}  // namespace muster
