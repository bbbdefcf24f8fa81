#include <fmt/format.h>

#include <iterator>

#include "config/keys.h"
#include "config/load.h"
#include "model/connector_settings.h"

namespace muster::config {

namespace {

constexpr std::string_view kIntroduction = R"(# Configuration reference

<!-- Made by `muster schema --reference`; change the tables in src/config/keys.cpp and src/model/connector_*.cpp. -->

One folder holds `muster.yaml`, which may include further files. `muster check` reads all of it without touching any
system and names file, line and column of everything that is wrong, and what would be right. `muster schema` prints a
JSON Schema with which editors complete and check the file while it is written:

```yaml
# yaml-language-server: $schema=muster.schema.json
```

Conventions:

- Names of systems, types and rules are letters, digits, `_` and `-`; names of attributes may also hold `.`, `;` and
  `:`. A connected system's type is written `system.type`.
- Secrets are never written out: a setting of kind *secret* is `${env:NAME}` or `${file:PATH}`. Every other setting that
  is a text may hold such references too. They are read when a connector is opened, not before.
- Relative paths start at the folder of `muster.yaml`, those of `include` at the including file's.
- Anchors, aliases and tags of YAML are refused, and so is a key that is said twice.
- Expressions are Lua; [expressions.md](expressions.md) says what they may use. An expression that spans several lines is
  written as a block (`>` or `|`).
- Attribute types are text, integer (64-bit), decimal (exact), boolean, datetime (UTC), guid, binary and reference. A
  direct flow needs equal types on both sides, save that a text takes any type but reference; several values fit into
  a single-valued attribute only through an expression; references flow only into references.
)";

std::string choices_text(std::span<const std::string_view> choices) {
    std::string text;
    for (const auto choice : choices) {
        fmt::format_to(std::back_inserter(text), "{}`{}`", text.empty() ? "" : ", ", choice);
    }
    return text;
}

std::string connector_names() {
    std::string text;
    for (const auto& spec : connector_specs()) {
        fmt::format_to(std::back_inserter(text), "{}`{}`", text.empty() ? "" : ", ", spec.name);
    }
    return text;
}

/// What a value may be, in words.
std::string value_text(const KeySpec& key) {
    switch (key.shape) {
        case Shape::text:
            return "a text";
        case Shape::path:
            return "a path";
        case Shape::number:
            return "a whole number";
        case Shape::boolean:
            return "`true` or `false`";
        case Shape::choice:
            return choices_text(key.choices);
        case Shape::connector:
            return connector_names();
        case Shape::expression:
            return "an expression";
        case Shape::duration:
            return "a length of time";
        case Shape::size:
            return "an amount of memory";
        case Shape::percent:
            return "a share";
        case Shape::constant:
            return "a value";
        case Shape::limit:
            return "`25%`, `100`, `none` or a mapping";
        case Shape::names:
            return "a name or a list of them";
        case Shape::mapping:
            return "a mapping";
        case Shape::named:
        case Shape::rules:
            return "a mapping of names";
        case Shape::joins:
            return "a list of mappings";
        case Shape::settings:
            return "[settings](#connectors)";
    }
    return {};
}

std::string_view kind_text(SettingSpec::Kind kind) {
    switch (kind) {
        case SettingSpec::Kind::text:
            return "a text";
        case SettingSpec::Kind::character:
            return "a character";
        case SettingSpec::Kind::path:
            return "a path";
        case SettingSpec::Kind::url:
            return "a URL";
        case SettingSpec::Kind::integer:
            return "a whole number";
        case SettingSpec::Kind::boolean:
            return "`true` or `false`";
        case SettingSpec::Kind::list:
            return "a text or a list of them";
        case SettingSpec::Kind::choice:
            return "";
        case SettingSpec::Kind::secret:
            return "a secret";
        case SettingSpec::Kind::object:
            return "a mapping";
    }
    return {};
}

std::string_view level_text(SettingSpec::Level level) {
    switch (level) {
        case SettingSpec::Level::system:
            return "system";
        case SettingSpec::Level::type:
            return "type";
        case SettingSpec::Level::attribute:
            return "attribute";
    }
    return {};
}

std::string fallback_text(std::string_view fallback, bool required) {
    if (required) {
        return "*required*";
    }
    return fallback.empty() ? std::string() : fmt::format("`{}`", fallback);
}

void mapping_section(const MappingSpec& spec, std::string& out) {
    fmt::format_to(std::back_inserter(out), "\n### {}\n\n{}\n\n",
                   spec.path.empty() ? "The file" : fmt::format("`{}`", spec.path), spec.help);
    out += "| key | value | default | meaning |\n|---|---|---|---|\n";
    for (const auto& key : spec.keys) {
        fmt::format_to(std::back_inserter(out), "| `{}` | {} | {} | {} |\n", key.name,
                       value_text(key), fallback_text(key.fallback, key.required), key.help);
    }
    if (!spec.one_of.empty()) {
        fmt::format_to(std::back_inserter(out), "\nExactly one of {} is said.\n",
                       choices_text(spec.one_of));
    }
}

void setting_rows(std::span<const SettingSpec> specs, const std::string& prefix, std::string& out) {
    for (const auto& spec : specs) {
        const auto name = prefix + std::string(spec.name);
        const auto value = spec.kind == SettingSpec::Kind::choice
                               ? choices_text(spec.choices)
                               : std::string(kind_text(spec.kind));
        fmt::format_to(std::back_inserter(out), "| {} | `{}` | {} | {} | {} |\n",
                       level_text(spec.level), name, value,
                       fallback_text(spec.fallback, spec.required), spec.help);
        setting_rows(spec.members, name + ".", out);
    }
}

void connector_section(const ConnectorSpec& spec, std::string& out) {
    fmt::format_to(std::back_inserter(out), "\n### `{}`\n\n{} {} {}\n\n", spec.name, spec.help,
                   spec.anchor_required ? "Every type must name its anchor."
                                        : "Types need not name an anchor.",
                   spec.named ? "Objects have names (DNs), which outbound rules give by `name`."
                              : "Objects have no names beside their anchors.");
    out += "| of the | setting | value | default | meaning |\n|---|---|---|---|---|\n";
    setting_rows(spec.settings, {}, out);
}

}  // namespace

}  // namespace muster::config

namespace muster {

std::string configuration_reference() {
    using namespace config;
    std::string out(kIntroduction);
    out += "\n## Keys\n";
    for (const auto* spec : all_mappings()) {
        mapping_section(*spec, out);
    }
    out += "\n## Connectors\n";
    for (const auto& spec : connector_specs()) {
        connector_section(spec, out);
    }
    return out;
}

}  // namespace muster
