#pragma once

#include <optional>
#include <string>

#include "model/configuration.h"

namespace muster::testing {

/// What somebody took out of a configuration, perhaps by mistake: one of the three.
struct Loss {
    SpaceId system;
    TypeId type;                              ///< of a connected system
    std::optional<std::size_t> inbound_rule;  ///< position in Configuration::inbound
};

/// The configuration as it is without it: with it goes all that only it gives a meaning. Nothing
/// where what is left is none that could be loaded.
std::optional<Configuration> without(const Configuration& configuration, const Loss& loss);

/// What was lost as `removed:` names it.
std::string name_of(const Configuration& configuration, const Loss& loss);

}  // namespace muster::testing
