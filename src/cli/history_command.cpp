#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <ostream>

#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/find_object.h"
#include "run/object_path.h"
#include "run/past.h"

namespace muster {
namespace {

boost::json::object to_json(const PastChange& past) {
    return {{"commit", past.change.commit.value},
            {"time", past.commit ? boost::json::value(format_instant(past.commit->time))
                                 : boost::json::value()},
            {"cause", past.commit ? past.commit->cause : ""},
            {"kind", change_kind_name(past.change.kind)},
            {"values", muster::to_json(past.values)}};
}

void print(const Console& console, const std::string& path, const PastChange& past) {
    console.out << styled(console, Style::strong,
                          past.commit ? moment_text(past.commit->time) : "at some time")
                << fmt::format("  commit {}  {}  ", past.change.commit.value,
                               change_word(path, past.change.kind))
                << styled(console, Style::faint, past.commit ? past.commit->cause : "") << '\n';
    print_values(console, past.values, "    ");
}

}  // namespace

int execute(const HistoryOptions& options, const Context& context) {
    const auto& console = context.console;
    const auto configuration = load_usable_configuration(context.global);
    const auto& schema = configuration.schema;
    const auto store = open_store(configuration, StoreAccess::read);
    const auto view = store->view();
    const auto id = find_object(configuration, *view, options.object, true);
    const auto path = object_paths(schema, *view, std::span(&id, 1)).front();
    const auto history = read_past(schema, *view, id, options.most);
    if (context.global.json) {
        boost::json::array changes;
        for (const auto& past : history) {
            changes.push_back(to_json(past));
        }
        print_json(console,
                   boost::json::object{
                       {"id", id.value}, {"object", path}, {"changes", std::move(changes)}});
        return 0;
    }
    console.out << styled(console, Style::strong, printable(path))
                << fmt::format("  #{}\n", id.value);
    for (const auto& past : history) {
        print(console, path, past);
    }
    if (history.size() == options.most) {
        console.out << styled(console, Style::faint, "there may be more (--most N)") << '\n';
    }
    return 0;
}

}  // namespace muster
