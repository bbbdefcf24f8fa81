#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/console.h"
#include "cli/options.h"
#include "config/load.h"
#include "model/configuration.h"
#include "store/store.h"

namespace muster {

/// What every command is given.
struct Context {
    const GlobalOptions& global;
    const Console& console;
};

/// The muster.yaml that -C chose.
std::string configuration_path(const GlobalOptions& global);

/// Reads the configuration. Throws Error(configuration) with its first complaints where it cannot
/// be used.
Configuration load_usable_configuration(const GlobalOptions& global);

/// The same of one system alone: the rest may still be in the making. Throws Error(usage) where
/// there is no such system.
Configuration load_usable_system(const GlobalOptions& global, const std::string& system);

/// Where the store is, as it may be shown: its file, or its URL without user and password.
std::string store_path(const Configuration& configuration);

/// Where the store is, with the references of a URL resolved. Never to be shown.
std::string store_location(const Configuration& configuration);

/// Opens the store. Throws Error(store) where it is to be read and does not exist yet.
std::unique_ptr<Store> open_store(const Configuration& configuration, StoreAccess access);

/// "did you mean 'hr'? there is: hr, directory"
std::string alternatives(std::string_view wrong, const std::vector<std::string_view>& names);

// By name; throw Error(usage) that says which there are.
SpaceId require_system(const Configuration& configuration, std::string_view name);
TypeId require_type(const Configuration& configuration, SpaceId space, std::string_view name);

/// "directory/person"
std::string type_path(const Schema& schema, TypeId type);

/// What a person cares for first of a list.
struct Shown {
    std::size_t most;  ///< lines to print; no bound for a pipe or --all
    const char* rest;  ///< how to see the others
};

/// "  and 1,204 more (--all)" where there are more than were shown.
void print_rest(const Console& console, std::uint64_t all, const Shown& shown);

}  // namespace muster
