#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <ostream>

#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/progress.h"
#include "run/key_rows.h"
#include "store/open_store.h"
#include "store/transfer.h"

namespace muster {
namespace {

std::string name_of(const Schema& schema, const Population& population) {
    return type_path(schema, population.type) +
           (population.attribute ? "." + schema.attribute(population.attribute).name : "");
}

std::string count_of(CommitNumber number) {
    return thousands(static_cast<std::uint64_t>(number.value));
}

boost::json::object to_json(const std::string& place, const StoreStatus& status) {
    boost::json::array followers;
    for (const auto& [name, position] : status.watermarks) {
        followers.push_back({{"follower", name},
                             {"position", position.value},
                             {"behind", status.last.value - position.value}});
    }
    return {{"store", place},
            {"kind", status.kind},
            {"version", status.version},
            {"bytes", status.bytes},
            {"last_commit", status.last.value},
            {"watermarks", std::move(followers)}};
}

/// That a store is there, with tables of the present version.
void report_opened(const Context& context, const std::string& place, const StoreStatus& status) {
    if (context.global.json) {
        print_json(context.console, to_json(place, status));
    } else {
        context.console.out << fmt::format("{}  {}, tables of version {}\n", place, status.kind,
                                           status.version);
    }
}

}  // namespace

int execute(const DbCheckOptions& options, const Context& context) {
    const auto& console = context.console;
    const auto configuration = load_usable_configuration(context.global);
    const auto store = open_store(configuration, StoreAccess::read);
    ProgressLine progress(console);
    progress.begin("check", store_path(configuration));
    auto complaints = store->check(options.sample, [&](std::uint64_t done, std::uint64_t total) {
        progress.progress(done, total, "objects");
    });
    constexpr std::size_t kComplaintsOfKeys = 20;
    const RuleBook book(configuration);
    std::ranges::move(check_keys(*store->view(), book, kComplaintsOfKeys),
                      std::back_inserter(complaints));
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

int execute(const DbInitOptions& options, const Context& context) {
    const auto& console = context.console;
    if (options.roles) {
        console.out << postgresql_roles();
        return 0;
    }
    const auto configuration = load_usable_configuration(context.global);
    const auto status = open_store(configuration, StoreAccess::write)->status();
    report_opened(context, store_path(configuration), status);
    if (!context.global.json && is_postgresql_store(configuration.store)) {
        console.out << styled(console, Style::faint,
                              "muster db init --roles prints the SQL for roles with fewer rights")
                    << '\n';
    }
    return 0;
}

int execute(const DbMoveOptions& options, const Context& context) {
    const auto configuration = load_usable_configuration(context.global);
    auto target = configuration;
    target.store = options.target;
    auto from = open_transfer(store_location(configuration), false);
    auto to = open_transfer(store_location(target), true);
    ProgressLine progress(context.console);
    progress.begin("move", store_path(target));
    const auto result = transfer(*from, *to, [&](const char* table, std::uint64_t rows) {
        progress.progress(rows, rows, table);
    });
    progress.end({});
    from.reset();
    to.reset();
    open_store(target, StoreAccess::write);  // with this configuration's views for SQL
    if (context.global.json) {
        print_json(context.console, boost::json::object{{"from", store_path(configuration)},
                                                        {"to", store_path(target)},
                                                        {"rows", result.rows},
                                                        {"digest", hex(result.digest)}});
    } else {
        context.console.out << fmt::format(
            "moved {} rows to {}, digest {} at both ends; now set `store:` in muster.yaml\n",
            thousands(result.rows), store_path(target), hex(result.digest));
    }
    return 0;
}

int execute(const DbMigrateOptions& /*options*/, const Context& context) {
    const auto configuration = load_usable_configuration(context.global);
    const auto status = open_store(configuration, StoreAccess::write)->status();
    report_opened(context, store_path(configuration), status);
    return 0;
}

int execute(const DbStatusOptions& /*options*/, const Context& context) {
    const auto configuration = load_usable_configuration(context.global);
    const auto store = open_store(configuration, StoreAccess::read);
    const auto status = store->status();
    const auto view = store->view();
    std::optional<Instant> written;
    if (const auto last = view->commit(status.last)) {
        written = last->time;
    }
    std::vector<std::pair<std::string, Population>> populations;
    for (const auto& space : configuration.schema.spaces()) {
        for (const auto& population : view->population(space.id)) {
            populations.emplace_back(name_of(configuration.schema, population), population);
        }
    }
    if (context.global.json) {
        auto json = to_json(store_path(configuration), status);
        json["last_commit_time"] = written ? format_instant(*written) : "";
        boost::json::array list;
        for (const auto& [name, population] : populations) {
            list.push_back({{"of", name},
                            {"links", static_cast<bool>(population.attribute)},
                            {"count", population.count}});
        }
        json["populations"] = std::move(list);
        print_json(context.console, json);
        return 0;
    }
    const auto& console = context.console;
    console.out << fmt::format("{}  {}, tables of version {}, {:.1f} MB, last commit {}{}\n",
                               store_path(configuration), status.kind, status.version,
                               static_cast<double>(status.bytes) / 1e6, count_of(status.last),
                               written ? " at " + format_instant(*written) : "");
    Table followers({1, 2});
    for (const auto& [name, position] : status.watermarks) {
        followers.add({name, count_of(position),
                       count_of(CommitNumber(status.last.value - position.value)) + " behind"});
    }
    followers.print(console, "  ");
    Table table({1});
    for (const auto& [name, population] : populations) {
        table.add({name, thousands(population.count), population.attribute ? "links" : "objects"});
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
