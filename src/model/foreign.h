#pragma once

#include "model/configuration.h"
#include "model/connector_settings.h"

namespace muster {

inline constexpr std::string_view kForeignChoices[] = {"keep", "remove"};

/// What every connector knows of its reference attributes.
inline constexpr SettingSpec kForeignSetting{
    SettingSpec::Level::attribute,
    "foreign",
    SettingSpec::Kind::choice,
    false,
    "keep",
    kForeignChoices,
    {},
    "Of references that a rule writes: values that lead to nothing Muster knows, and never did, "
    "are left alone (keep) or taken away (remove)."};

/// Whether values of a reference attribute that lead to nothing Muster knows are left alone.
bool keeps_foreign(const Configuration& configuration, AttributeId connector_attribute);

}  // namespace muster
