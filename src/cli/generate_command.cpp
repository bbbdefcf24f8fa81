#include <fmt/format.h>

#include <ostream>

#include "cli/commands.h"
#include "cli/describe.h"

namespace muster {

int execute(const GenerateOptions& options, const Context& context) {
    auto chosen = options;
    if (chosen.folder.empty()) {
        chosen.folder = context.global.folder;
    }
    const auto made = generate(chosen);
    if (context.global.json) {
        print_json(context.console, boost::json::object{{"folder", chosen.folder},
                                                        {"people", made.people},
                                                        {"groups", made.groups},
                                                        {"memberships", made.memberships},
                                                        {"changed", made.changed},
                                                        {"moved", made.moved},
                                                        {"joined", made.joined},
                                                        {"left", made.left},
                                                        {"configured", made.configured}});
        return 0;
    }
    auto& out = context.console.out;
    out << fmt::format("{}: {} people, {} groups, {} memberships\n", chosen.folder,
                       thousands(made.people), thousands(made.groups), thousands(made.memberships));
    if (chosen.date == 2) {
        out << fmt::format("since the first date {} changed, {} moved, {} joined, {} left\n",
                           thousands(made.changed), thousands(made.moved), thousands(made.joined),
                           thousands(made.left));
    }
    if (made.configured) {
        out << fmt::format("muster.yaml was written as well; next: muster -C {} check\n",
                           chosen.folder);
    }
    return 0;
}

}  // namespace muster
