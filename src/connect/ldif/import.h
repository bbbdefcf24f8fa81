#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "connect/connector.h"
#include "connect/ldif/layout.h"

namespace muster::ldif {

/// The objects somebody asked for: by anchor or, where that is not known, by normalised DN.
struct Wanted {
    std::set<std::string, std::less<>> anchors;
    std::set<std::string, std::less<>> names;
};

/// What a read of one or several types works with.
struct ImportContext {
    const Schema& schema;
    EntrySink& sink;
    std::stop_token stop;
    Progress progress;              ///< may be empty
    std::uint64_t total_bytes = 0;  ///< of the files, once for every type in them
    std::uint64_t bytes = 0;        ///< read so far
    /// Flawed records reported already: types that share a file would tell of them again.
    std::set<std::pair<std::string, std::uint64_t>> told;
    const Wanted* wanted = nullptr;  ///< only these objects, and no complaints about others
};

/// Streams the objects of one type. Returns why it may not have shown all of them; empty where it
/// did. Throws Error(connection) where the file cannot be read.
std::string import_type(ImportContext& context, const TypeLayout& type);

}  // namespace muster::ldif
