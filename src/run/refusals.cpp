#include "run/refusals.h"

namespace muster {

std::string refused_meta(const Schema& schema, SpaceId system) {
    return "refused by " + schema.space(system).name;
}

std::vector<Refusals> refusals(const Configuration& configuration, View& view) {
    std::vector<Refusals> result;
    for (const auto& system : configuration.systems) {
        if (view.meta(refused_meta(configuration.schema, system.space)).empty()) {
            continue;
        }
        const auto refused = view.refused(system.space);
        if (refused.count == 0) {
            continue;
        }
        auto& of_system = result.emplace_back(Refusals{system.space, refused.count, {}});
        if (const auto commit = view.commit(refused.first)) {
            of_system.since = commit->time;
        }
    }
    return result;
}

void take_up_failed(const RunContext& context, View& view) {
    constexpr ExportState kFailed = ExportState::failed;
    ChangeSet changes;
    changes.time = context.moment;
    for (const auto& system : context.configuration.systems) {
        const auto before = changes.exports.size();
        view.exports(system.space, std::span(&kFailed, 1), [&](const Export& row) {
            auto& write = changes.exports.emplace_back(ExportWrite{row, false, false});
            write.row.state = ExportState::planned;
            if (write.row.error.empty()) {
                write.row.error = "refused by the system";
            }
        });
        if (changes.exports.size() > before) {
            changes.meta.emplace_back(refused_meta(context.configuration.schema, system.space),
                                      "yes");
        }
    }
    if (!changes.exports.empty()) {
        const auto lock = context.store.lock(kSyncLock);
        context.store.commit(changes);
    }
}

}  // namespace muster
