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
    void note_rename(const Work::Target& target);
    void write_export(Work& work, const Work::Target& target, ObjectId object, ExportKind kind,
                      ChangeSet& changes);
    void drop_export(Work& work, const Work::Target& target, ChangeSet& changes);
    static void look_again(Work& work, ChangeSet& changes);
    void erase_at_home(const Work& work, const Work::Target& target, ChangeSet& changes) const;
    void disconnect(Work& work, const Work::Target& target, ChangeSet& changes);
    static ObjectWrite& connector_write(const Work& work, const Object& connector,
                                        ChangeSet& changes);
    /// Whether an object can have an anchor, as far as it is known by now.
    enum class AnchorUse : std::uint8_t {
        free,
        leaves,  ///< another has it, and is to be told first to give it up
        taken,
    };
    AnchorUse use_of(const Work& work, TypeId type, const std::string& anchor, ObjectId self);
    void anchor_is_taken(Work& work, TypeId type, const std::string& anchor, ChangeSet& changes);
    void update_target(Work& work, Work::Target& target, ChangeSet& changes);

    SyncState& state_;
    const Schema& schema_;
    struct AnchorHolder {
        ObjectId id;
        bool leaves =
            false;  ///< it is to go, or to have another anchor, and nothing holds that back
    };
    boost::unordered_flat_map<Digest, AnchorHolder>
        anchor_holders_;  ///< of the anchors that a page plans, as far as the store has them
    std::vector<ExportLink> pending_links_;  ///< of exports taken back, by object
};

}  // namespace muster
