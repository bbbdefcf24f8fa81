#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "config/complaints.h"
#include "config/keys.h"
#include "config/node.h"

namespace muster::config {

/// Holds a whole file against the tables of keys: complains of unknown and missing keys and of
/// values that are not what their key asks for. After it the loader reads on without complaining
/// of any of this again.
void check_file(const Node& top, Complaints& complaints);

/// The keys of a file: metaverse, systems, rules, …
std::vector<std::string_view> top_keys();

// What the loader reads with; nothing where the key is absent or its value has the wrong shape.

/// The value of a key; a plain value in place of the mapping counts as its key `plain`.
const Node* value_of(const Node& mapping, std::string_view key, std::string_view plain = {});
/// The same where it must be a scalar.
const Node* scalar_of(const Node& mapping, std::string_view key, std::string_view plain = {});
/// True where the key says true.
bool flag_of(const Node& mapping, std::string_view key);
/// The entries of a key that maps names; empty where it does not.
const std::vector<Entry>& entries_of(const Node& mapping, std::string_view key);
/// The scalars of a name or a list of names.
std::vector<const Node*> names_of(const Node& mapping, std::string_view key);

std::optional<bool> parse_boolean(std::string_view text);
std::optional<std::uint64_t> parse_number(std::string_view text);
std::optional<double> parse_percent(std::string_view text);  ///< "25%", "25"; 0 to 100
std::optional<std::chrono::seconds> parse_duration(std::string_view text);  ///< "30 days"
std::optional<std::uint64_t> parse_size(std::string_view text);             ///< "2 GiB", in bytes

}  // namespace muster::config
