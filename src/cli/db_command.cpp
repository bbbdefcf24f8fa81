#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <filesystem>
#include <ostream>

#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/progress.h"

namespace muster {
namespace {

/// Bytes of the store's file and what stands beside it.
std::uintmax_t store_bytes(const std::string& path) {
    std::uintmax_t bytes = 0;
    for (const char* suffix : {"", "-wal", "-shm"}) {
        std::error_code absent;
        const auto size = std::filesystem::file_size(path + suffix, absent);
        bytes += absent ? 0 : size;
    }
    return bytes;
}

std::string name_of(const Schema& schema, const Population& population) {
    return type_path(schema, population.type) +
           (population.attribute ? "." + schema.attribute(population.attribute).name : "");
}

}  // namespace

int execute(const DbCheckOptions& options, const Context& context) {
    const auto& console = context.console;
    const auto configuration = load_usable_configuration(context.global);
    const auto store = open_store(configuration, StoreAccess::read);
    ProgressLine progress(console);
    progress.begin("check", store_path(configuration));
    const auto complaints =
        store->check(options.sample, [&](std::uint64_t done, std::uint64_t total) {
            progress.progress(done, total, "objects");
        });
    progress.end({});
    if (context.global.json) {
        boost::json::array list;
        for (const auto& complaint : complaints) {
            list.emplace_back(complaint);
        }
        print_json(console, boost::json::object{{"sound", complaints.empty()},
                                                {"complaints", std::move(list)}});
    } else {
        for (const auto& complaint : complaints) {
            console.out << styled(console, Style::bad, printable(complaint)) << '\n';
        }
        if (complaints.empty()) {
            console.out << styled(console, Style::good, "the store is sound") << '\n';
        }
    }
    return complaints.empty() ? 0 : 1;
}

int execute(const DbStatusOptions&, const Context& context) {
    const auto& console = context.console;
    const auto configuration = load_usable_configuration(context.global);
    const auto& schema = configuration.schema;
    const auto store = open_store(configuration, StoreAccess::read);
    const auto view = store->view();
    const auto path = store_path(configuration);
    const auto last = view->last_commit();
    if (context.global.json) {
        boost::json::array populations;
        for (const auto& space : schema.spaces()) {
            for (const auto& population : view->population(space.id)) {
                populations.push_back({{"of", name_of(schema, population)},
                                       {"links", static_cast<bool>(population.attribute)},
                                       {"count", population.count}});
            }
        }
        print_json(console, boost::json::object{{"store", path},
                                                {"bytes", store_bytes(path)},
                                                {"last_commit", last.value},
                                                {"populations", std::move(populations)}});
        return 0;
    }
    console.out << fmt::format("{}  {:.1f} MB, last commit {}\n", path,
                               static_cast<double>(store_bytes(path)) / 1e6,
                               thousands(static_cast<std::uint64_t>(last.value)));
    Table table({1});
    for (const auto& space : schema.spaces()) {
        for (const auto& population : view->population(space.id)) {
            table.add({name_of(schema, population), thousands(population.count),
                       population.attribute ? "links" : "objects"});
        }
    }
    table.print(console, "  ");
    return 0;
}

int execute(const DbForgetOptions& options, const Context& context) {
    const auto configuration = load_usable_configuration(context.global);
    const auto kept = options.days
                          ? std::chrono::hours(24 * static_cast<std::int64_t>(*options.days))
                          : configuration.history;
    const auto store = open_store(configuration, StoreAccess::write);
    const auto dropped = store->forget(now() - kept);
    if (context.global.json) {
        print_json(context.console, boost::json::object{{"commits_dropped", dropped}});
    } else {
        context.console.out << fmt::format("dropped {} commits of history\n", thousands(dropped));
    }
    return 0;
}

}  // namespace muster
