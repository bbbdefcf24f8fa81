#include "cli/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "base/error.h"
#include "base/suggest.h"
#include "connect/connector.h"
#include "store/open_store.h"

namespace muster {
namespace {

constexpr std::size_t kComplaintsInError = 5;

Configuration usable(Loaded loaded, const GlobalOptions& global) {
    if (loaded.usable()) {
        return std::move(loaded.configuration);
    }
    std::erase_if(loaded.complaints, [](const Complaint& c) { return c.warning; });
    std::string message = "the configuration cannot be used";
    for (std::size_t i = 0; i < std::min(loaded.complaints.size(), kComplaintsInError); ++i) {
        message += "\n  " + format_complaint(loaded.complaints[i]);
    }
    throw Error(ErrorCode::configuration, message,
                fmt::format("muster -C {} check lists every complaint", global.folder));
}

}  // namespace

std::string configuration_path(const GlobalOptions& global) {
    return (std::filesystem::path(global.folder) / "muster.yaml").lexically_normal().string();
}

Configuration load_usable_configuration(const GlobalOptions& global) {
    return usable(load_configuration(configuration_path(global)), global);
}

Configuration load_usable_system(const GlobalOptions& global, const std::string& system) {
    auto alone = usable(load_system(configuration_path(global), system), global);
    if (alone.systems.empty()) {
        require_system(load_usable_configuration(global), system);
    }
    return alone;
}

std::string store_path(const Configuration& configuration) {
    return shown_location(store_location(configuration));
}

std::string store_location(const Configuration& configuration) {
    if (is_postgresql_store(configuration.store)) {
        return resolve_references(configuration.store, configuration.folder);
    }
    return (std::filesystem::path(configuration.folder) / configuration.store)
        .lexically_normal()
        .string();
}

std::unique_ptr<Store> open_store(const Configuration& configuration, StoreAccess access) {
    const auto location = store_location(configuration);
    if (access == StoreAccess::read && !is_postgresql_store(location) &&
        !std::filesystem::exists(location)) {
        throw Error(ErrorCode::store, fmt::format("there is no store {} yet", location),
                    "muster run creates it");
    }
    return open_store(location, configuration.schema, access);
}

std::string alternatives(std::string_view wrong, const std::vector<std::string_view>& names) {
    if (names.empty()) {
        return "there is none";
    }
    const auto meant = suggest(wrong, names);
    return fmt::format("{}there is: {}", meant.starts_with("did you") ? meant + " " : "",
                       fmt::join(names, ", "));
}

SpaceId require_system(const Configuration& configuration, std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& system : configuration.systems) {
        if (system.name == name) {
            return system.space;
        }
        names.push_back(system.name);
    }
    throw Error(ErrorCode::usage, fmt::format("unknown system '{}'", name),
                alternatives(name, names));
}

TypeId require_type(const Configuration& configuration, SpaceId space, std::string_view name) {
    const auto& schema = configuration.schema;
    if (const auto found = schema.find_type(space, name)) {
        return found;
    }
    std::vector<std::string_view> names;
    for (const auto type : schema.space(space).types) {
        names.push_back(schema.type(type).name);
    }
    throw Error(ErrorCode::usage,
                fmt::format("unknown type '{}' of {}", name, schema.space(space).name),
                alternatives(name, names));
}

std::string type_path(const Schema& schema, TypeId type) {
    return schema.space(schema.space_of(type)).name + "/" + schema.type(type).name;
}

void print_rest(const Console& console, std::uint64_t all, const Shown& shown) {
    if (all > shown.most) {
        console.out << styled(console, Style::faint,
                              fmt::format("  and {} more ({})", thousands(all - shown.most),
                                          shown.rest))
                    << '\n';
    }
}

}  // namespace muster
