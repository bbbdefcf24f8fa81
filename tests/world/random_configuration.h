#pragma once

#include <vector>

#include "model/configuration.h"
#include "world/dice.h"

namespace muster::testing {

/// How far a random world may go. In a tame one the order of imports cannot matter by definition:
/// every object has its keys, keys never change, and nothing is generated. In a hostile one there
/// is, beside all that a wild one has, what refuses, respells, loses, cannot be read and fails.
enum class Manner : std::uint8_t { tame, wild, hostile };

/// A random configuration and which of its systems play which part. Every connector type is named
/// as the metaverse type it belongs to, and every attribute as the metaverse attribute it flows to.
struct RandomConfiguration {
    Configuration configuration;
    std::vector<SpaceId> sources;
    std::vector<SpaceId> targets;
};

/// Two to four sources and one or two targets over one to three metaverse types: overlapping
/// attributes of all types in random precedence, unions, asserted nulls, references across types,
/// scopes, graces and every deprovision action.
RandomConfiguration random_configuration(Dice& dice, Manner manner);

}  // namespace muster::testing
