#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "run/renamed_links.h"
#include "run/step.h"

namespace muster {

/// Links to what was renamed, in a system that may mend them by itself, as directories with
/// referential integrity do. What it has mended is not renewed.
class MendedLinks {
 public:
    /// Holds nothing yet. Both must outlive it.
    MendedLinks(Step& step, View& view) : step_(step), view_(view) {}

    /// Takes in the links whose renewal was planned.
    void add(const RenamedLinks& links);
    bool empty() const { return links_.empty(); }

    /// Looks at one object for each attribute, and at all that refer where that one was mended.
    /// Links found mended are so in the store, too, and their renewals are taken back. Empties.
    /// Throws Error(connection | store).
    void look(Connector& connector);

 private:
    /// A link to a renamed object.
    struct Told {
        Link link;
        std::string old_text;
        std::string new_text;
        bool mended = false;
    };
    class Look;
    void learn_new_names();
    std::set<ObjectId> samples() const;
    void look_at(Connector& connector, const std::set<ObjectId>& sources);
    void take_back_renewals(std::span<const Told> page);

    Step& step_;
    View& view_;
    std::vector<Told> links_;  ///< while looking: by source
};

}  // namespace muster
