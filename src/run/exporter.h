#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "run/export.h"
#include "run/export_order.h"
#include "run/mended_links.h"
#include "run/moved_names.h"
#include "run/refusal_streak.h"
#include "run/spelling.h"
#include "store/store.h"

namespace muster {

/// Feeds a connector with the operations of one system and writes down their outcomes.
class Exporter : public OperationStream {
 public:
    /// `connector` says which names it reads.
    Exporter(Step& step, View& view, const Connector& connector, SpaceId system, bool read_whole);

    /// Whether something has to be out of the way first: then the connector is fed up to there, and
    /// with the rest after go_on(), to be called once what is gone has been taken down.
    bool frees_first() const {
        return !freed_ && !refs_[static_cast<std::size_t>(Stage::freeing)].empty();
    }
    void go_on();

    /// Whether renames are done and what refers to the renamed is to be looked at, in a system that
    /// may have mended it: then the connector is fed up to there, and with the rest once that is
    /// done.
    bool looks_for_mended() const;
    void look_for_mended(Connector& connector);

    std::optional<Operation> next() override;
    void outcome(Outcome outcome) override;
    bool barrier() override;

    /// Writes down the outcomes that are left. To be called when the connector is done.
    void finish();
    ExportResult result() && { return std::move(result_); }

 private:
    /// What goes first: whoever is to be disabled is so whatever becomes of their name, and what
    /// refers to others does not go before those have their names and anchors.
    enum class Stage : std::uint8_t {
        freeing,   ///< removals of what has a name or anchor that others are to have
        disables,  ///< values of those that are to have another name, too
        renames,
        anchors,  ///< changes that give another anchor
        creations,
        changes,
        erasures,
        done
    };

    /// An operation on its way, and what it will have done.
    struct InFlight {
        Export row;
        Object object;                  ///< its name as it is by now
        std::string stored_name;        ///< as the store has it
        Delta sent;                     ///< the part of the row's delta that the operation carries
        std::vector<ExportLink> links;  ///< that the operation carries
        bool more = false;              ///< something of the export is left for later
        Operation::Kind kind = Operation::Kind::modify;
    };

    void collect();
    void collect(const Export& row, ExportRef ref);
    void order_erasures(std::span<const Digest> wanted);
    Digest identity(TypeId type, std::string_view name, std::string_view anchor) const;
    std::vector<Digest> wanted_identities() const;
    std::vector<ExportRef>& refs(Stage stage) { return refs_[static_cast<std::size_t>(stage)]; }
    const boost::unordered_flat_set<ObjectId>& refused(Operation::Kind kind) const {
        return refused_[static_cast<std::size_t>(kind)];
    }
    bool group_is_exhausted() const;
    void enter_next_group();
    void leave_group();
    void load_page();
    void look_up_removed(std::span<const ExportLink> links);
    void look_up_ends(std::span<const ExportLink> links);
    bool goes_now(const ExportLink& link) const;
    void look_up(std::vector<Link>&& links);
    bool holds(const Link& link) const;
    void prepare(Export&& row, Object&& object, std::vector<ExportLink>&& links);
    bool may_go(const InFlight& flight) const;
    bool waits_for_parent(const InFlight& flight) const;
    void take_for_done(InFlight&& flight);
    void choose_part(InFlight& flight) const;
    Operation build(InFlight& flight) const;
    void add_scalars(const InFlight& flight, Operation& operation) const;
    void add_links(InFlight& flight, Operation& operation) const;
    std::vector<std::pair<AttributeId, ObjectId>> removed_targets(
        std::span<const ExportLink> links) const;
    bool is_read(const InFlight& flight);
    void leave_unread_values(InFlight& flight);
    void tell_once(const InFlight& flight, const std::optional<ObjectProblem>& problem);
    void skip_taken(std::uint64_t first);
    void weigh_links();
    std::uint64_t links_removed(const InFlight& flight, AttributeId attribute) const;
    /// Outcomes while they become changes: objects are written once, whatever concerns them.
    struct Written {
        ObjectWrite write;
        Delta delta;
    };
    ChangeSet take_outcomes();
    void write_outcomes();
    void tell_referrers(ChangeSet& changes);
    void write_objects(ChangeSet& changes);
    void send_later(ObjectId id);
    void end_refusals();
    void apply(const Outcome& outcome, InFlight& flight, ChangeSet& changes);
    void apply_done(const Outcome& outcome, InFlight& flight, ChangeSet& changes);
    void note_renamed(const Object& before, const Object& after);
    void write_rest(InFlight& flight, ChangeSet& changes);
    void apply_links(InFlight& flight, Delta& delta, ChangeSet& changes);
    void apply_first_links(InFlight& flight, Delta& delta, ChangeSet& changes);
    void apply_refused(const Outcome& outcome, InFlight& flight, ChangeSet& changes);

    Step& step_;
    View& view_;
    const Connector& connector_;
    SpaceId system_;
    bool read_whole_;
    Spelling spelling_;
    std::vector<Link> held_;  ///< of the links a page is about, those that exist; ascending
    boost::unordered_flat_map<ObjectId, bool>
        ends_;  ///< link targets whose end is planned: whether it goes with this export
    bool named_;
    std::vector<ExportRef> refs_[7];
    std::vector<Move> moves_[7];  ///< beside them, in the stages that have any
    Stage stage_ = Stage::freeing;
    bool freed_ = false;         ///< what was in the way has been taken down
    std::size_t at_ = 0;         ///< next ref of the stage
    std::size_t group_end_ = 0;  ///< end of the refs that may be in flight together
    std::size_t left_at_ = 0;    ///< where the group was left, if it was: before its end
    RefusalStreak streak_;
    bool gave_up_ = false;                            ///< on some of what is planned, in this run
    boost::unordered_flat_set<ObjectId> refused_[4];  ///< in this run, by kind of operation
    std::optional<boost::unordered_flat_set<ObjectId>> changing_;  ///< those in Stage::changes
    MovedNames moved_;                                             ///< by the renames of this run
    boost::unordered_flat_set<std::string> not_moved_;  ///< names that renames did not give
    std::map<ObjectId, std::string> renamed_;  ///< by the outcomes at hand: their old texts
    std::map<ObjectId, Written> written_;      ///< by the outcomes at hand
    std::vector<ObjectId> loosened_;           ///< by the outcomes at hand, ascending
    MendedLinks mended_;                       ///< what may be, of all that renames loosened
    std::deque<Operation> ready_;
    std::map<std::uint64_t, InFlight> in_flight_;
    boost::unordered_flat_set<ObjectId> told_;  ///< something in this run
    std::vector<Outcome> outcomes_;
    std::uint64_t next_id_ = 1;
    std::uint64_t total_ = 0;
    std::uint64_t answered_ = 0;
    ExportResult result_;
};

/// The link in the connector space that a pending one is about: by its text where it names one.
Link held_link(ObjectId holder, const ExportLink& link);

}  // namespace muster
