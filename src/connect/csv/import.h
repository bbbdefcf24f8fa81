#pragma once

#include <set>
#include <string>

#include "connect/connector.h"
#include "connect/csv/layout.h"
#include "connect/csv/related_file.h"

namespace muster::csv {

/// What a read of one or several types works with.
struct ImportContext {
    const Schema& schema;
    const Layout& layout;
    EntrySink& sink;
    std::stop_token stop;
    Progress progress;                ///< may be empty
    std::uint64_t total_bytes = 0;    ///< of all files of all types
    std::uint64_t bytes = 0;          ///< read so far
    std::set<std::string> scanned;    ///< related files whose problems were reported already
    const Anchors* wanted = nullptr;  ///< only these objects, and no complaints about others
};

/// Streams the objects of one type. Returns why it may not have shown all of them; empty where it
/// did. Throws Error(connection | data) where a file cannot be used at all.
std::string import_type(ImportContext& context, const TypeLayout& type);

/// Bytes of the files of a type, as far as they are there.
std::uint64_t bytes_of(const TypeLayout& type);

}  // namespace muster::csv
