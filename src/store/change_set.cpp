#include <algorithm>

#include "store/store.h"

namespace muster {

bool ChangeSet::empty() const {
    return objects.empty() && links.empty() && keys.empty() && reservations.empty() &&
           exports.empty() && export_links.empty() && sweeps.empty() && items.empty() &&
           watermarks.empty() && meta.empty() && activities.empty();
}

bool ChangeSet::logged() const {
    return !links.empty() || std::any_of(objects.begin(), objects.end(),
                                         [](const ObjectWrite& w) { return !w.delta.empty(); });
}

void ChangeSet::clear() {
    objects.clear();
    links.clear();
    keys.clear();
    reservations.clear();
    exports.clear();
    export_links.clear();
    sweeps.clear();
    items.clear();
    watermarks.clear();
    meta.clear();
    activities.clear();
}

}  // namespace muster
