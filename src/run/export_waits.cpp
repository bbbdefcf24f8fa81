#include "run/export.h"
#include "run/import.h"

namespace muster {

bool needs_complete_read(const Export& row) {
    return row.kind == ExportKind::create || row.kind == ExportKind::erase || row.delta.name ||
           row.delta.anchor;
}

bool goes_without_its_name(const Export& row) {
    return row.kind == ExportKind::disable && !row.delta.anchor && !row.delta.attributes.empty();
}

bool anything_to_send(View& view, SpaceId system, bool read_whole) {
    if (read_whole) {
        return view.any_planned(system);
    }
    bool any = false;
    constexpr ExportState kPlanned = ExportState::planned;
    view.exports(system, std::span(&kPlanned, 1), [&](const Export& row) {
        any = any || !needs_complete_read(row) || goes_without_its_name(row);
    });
    return any;
}

std::vector<Wait> waits(const Configuration& configuration, View& view) {
    std::vector<Wait> all;
    for (const auto& system : configuration.systems) {
        Wait wait{system.space, 0, incomplete_read(view, configuration.schema, system.space)};
        if (wait.because.empty()) {
            continue;
        }
        constexpr ExportState kPlanned = ExportState::planned;
        view.exports(system.space, std::span(&kPlanned, 1),
                     [&](const Export& row) { wait.exports += needs_complete_read(row) ? 1 : 0; });
        if (wait.exports > 0) {
            all.push_back(std::move(wait));
        }
    }
    return all;
}

}  // namespace muster
