#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <span>
#include <string>
#include <vector>

#include "run/resolve_page.h"

namespace muster {

/// Turns what is planned for the targets of metaverse objects into changes: objects to provision,
/// exports to write or to take back, joins to end.
class TargetPlanner {
 public:
    explicit TargetPlanner(SyncState& state) : state_(state), schema_(state.step.schema()) {}

    /// Learns who holds the anchors that a page plans, and the pending links of exports that it
    /// takes back. To be called before its targets are written.
    void look_up(std::span<const Work> page);

    void write(Work& work, Work::Target& target, ChangeSet& changes);

 private:
    void look_up_anchors(std::span<const Work> page);
    void look_up_links(std::span<const Work> page);
    std::span<const ExportLink> pending_links(ObjectId object) const;
    void create_target(Work& work, Work::Target& target, ChangeSet& changes);
    void replan_creation(Work& work, Work::Target& target, ChangeSet& changes);
    void write_export(const Work& work, const Work::Target& target, ObjectId object,
                      ExportKind kind, ChangeSet& changes);
    void drop_export(const Work::Target& target, ChangeSet& changes) const;
    void erase_at_home(const Work& work, const Work::Target& target, ChangeSet& changes) const;
    void disconnect(Work& work, const Work::Target& target, ChangeSet& changes);
    static ObjectWrite& connector_write(const Work& work, const Object& connector,
                                        ChangeSet& changes);
    bool anchor_is_free(const Work& work, TypeId type, const std::string& anchor, ObjectId self);

    SyncState& state_;
    const Schema& schema_;
    boost::unordered_flat_map<Digest, ObjectId>
        anchor_holders_;  ///< of the anchors that a page plans, as far as the store has them
    std::vector<ExportLink> pending_links_;  ///< of exports taken back, by object
};

}  // namespace muster
