#pragma once

#include <optional>
#include <string_view>

#include "config/complaints.h"
#include "config/node.h"

namespace muster::config {

/// Reads one YAML document into nodes. Complains of a syntax error (then there is no node), of a
/// key said twice (then the first counts), and refuses anchors, aliases, tags and further
/// documents: nothing here needs them, and aliases let a small file grow without bound.
std::optional<Node> parse_yaml(std::string_view text, std::uint16_t file, Complaints& complaints);

}  // namespace muster::config
