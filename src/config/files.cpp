#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <filesystem>
#include <map>

#include "config/build.h"

namespace muster::config {

namespace {

/// The file an object type lies in, as far as the configuration says; empty where it says none.
/// References are taken as they are written.
std::string file_of(const Configuration& configuration, const ConnectedSystem& system,
                    const TypeSettings& type) {
    const auto text = [](const boost::json::object& settings, std::string_view name,
                         std::string_view fallback) {
        const auto* value = settings.if_contains(name);
        return value != nullptr && value->is_string() ? std::string(value->as_string())
                                                      : std::string(fallback);
    };
    const auto file = text(type.settings, "file", "");
    if (file.empty()) {
        return {};
    }
    const auto path =
        std::filesystem::path(configuration.folder) / text(system.settings, "folder", ".") / file;
    std::error_code failure;
    const auto real = std::filesystem::weakly_canonical(path, failure);
    return (failure ? path.lexically_normal() : real).string();
}

/// A type that lies in a file.
struct User {
    const ConnectedSystem* system;
    TypeId type;
    bool written;
};

/// Whether two types of a file would each undo what the other writes there. The types of one LDIF
/// system may share a file: they are written together.
bool in_conflict(const User& a, const User& b) {
    if (a.system != b.system) {
        return a.written && b.written;
    }
    return a.type != b.type && a.system->connector == "csv" && (a.written || b.written);
}

}  // namespace

void check_files(Build& build) {
    const auto& configuration = build.configuration;
    std::map<std::string, std::vector<User>> users;
    for (const auto& system : configuration.systems) {
        for (const auto& type : system.types) {
            const auto file = file_of(configuration, system, type);
            const bool written = std::ranges::any_of(
                configuration.outbound,
                [&](const OutboundRule& rule) { return rule.target == type.type; });
            if (file.empty()) {
                continue;
            }
            const User user{&system, type.type, written};
            auto& before = users[file];
            const auto other = std::ranges::find_if(
                before, [&](const User& one) { return in_conflict(one, user); });
            if (other != before.end()) {
                build.complaints.error(
                    build.entry(type.type).where,
                    fmt::format("{} is the file of {} and of {}, and each would undo what the "
                                "other writes",
                                std::filesystem::path(file).filename().string(),
                                full_name(configuration.schema, type.type),
                                full_name(configuration.schema, other->type)),
                    fmt::format("the other is at {}; give each a file of its own",
                                build.complaints.describe(build.entry(other->type).where)));
            }
            before.push_back(user);
        }
    }
}

}  // namespace muster::config
