#pragma once

#include <memory>
#include <string>

#include "store/store.h"

namespace muster {

/// Opens the store at `location`: a postgresql:// URL, or else the path of a SQLite file. Creates
/// or migrates it where `access` is write. Throws Error(store) where it is none, newer than this
/// program, damaged, or cannot be reached.
std::unique_ptr<Store> open_store(const std::string& location, const Schema& schema,
                                  StoreAccess access);

/// The same for what is known to be a URL.
std::unique_ptr<Store> open_postgresql_store(const std::string& url, const Schema& schema,
                                             StoreAccess access);

/// Whether a location is a PostgreSQL URL.
bool is_postgresql_store(std::string_view location);

/// The SQL that gives roles of PostgreSQL what they need: one that runs, one that only looks.
std::string postgresql_roles();

/// A location as it may be shown: a URL without user, password and options.
std::string shown_location(const std::string& location);

}  // namespace muster
