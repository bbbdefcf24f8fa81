#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// The values of an entry by attribute name in lower case; an attribute with no values is known to
/// be absent, one that is not here at all is not known.
using FilterValues = std::map<std::string, std::vector<std::string>>;

/// Whether a search filter (RFC 4515) would find an entry of these values. Nothing where it depends
/// on what is not known, on a comparison that only the directory can make, or is no filter.
std::optional<bool> filter_finds(std::string_view filter, const FilterValues& values);

}  // namespace muster
