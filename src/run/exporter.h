#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "run/export.h"
#include "run/export_order.h"
#include "run/spelling.h"
#include "store/store.h"

namespace muster {

/// Feeds a connector with the operations of one system and writes down their outcomes.
class Exporter : public OperationStream {
 public:
    Exporter(Step& step, View& view, SpaceId system);

    std::optional<Operation> next() override;
    void outcome(Outcome outcome) override;
    bool barrier() override;

    /// Writes down the outcomes that are left. To be called when the connector is done.
    void finish();
    ExportResult result() && { return std::move(result_); }

 private:
    enum class Stage : std::uint8_t { renames, creations, changes, erasures, done };

    /// An operation on its way, and what it will have done.
    struct InFlight {
        Export row;
        Object object;
        std::vector<ExportLink> links;  ///< that the operation carries
        bool more = false;              ///< something of the export is left for later
        Operation::Kind kind = Operation::Kind::modify;
    };

    void collect();
    void set_depths_of_erasures();
    std::vector<ExportRef>& refs(Stage stage) { return refs_[static_cast<std::size_t>(stage)]; }
    bool group_is_exhausted() const;
    void enter_next_group();
    void load_page();
    void look_up_removed(std::span<const ExportLink> links);
    void look_up(std::vector<Link>&& links);
    bool holds(const Link& link) const;
    std::vector<ObjectId> loosen_referrers(std::uint64_t first, ChangeSet& intents);
    void prepare(Export&& row, Object&& object, std::vector<ExportLink>&& links);
    Operation build(InFlight& flight) const;
    void add_scalars(const InFlight& flight, Operation& operation) const;
    void add_links(InFlight& flight, Operation& operation) const;
    void weigh_links();
    std::uint64_t links_removed(const InFlight& flight, AttributeId attribute) const;
    ChangeSet take_outcomes();
    void write_outcomes();
    void apply(const Outcome& outcome, InFlight& flight, ChangeSet& changes);
    void apply_done(const Outcome& outcome, InFlight& flight, ChangeSet& changes);
    void apply_links(InFlight& flight, Delta& delta, ChangeSet& changes);
    void apply_first_links(InFlight& flight, Delta& delta, ChangeSet& changes);
    void apply_refused(const Outcome& outcome, InFlight& flight, ChangeSet& changes);

    Step& step_;
    View& view_;
    SpaceId system_;
    Spelling spelling_;
    std::vector<Link> held_;  ///< of the links a page is about, those that exist; ascending
    std::vector<ExportRef> refs_[4];
    Stage stage_ = Stage::renames;
    std::size_t at_ = 0;         ///< next ref of the stage
    std::size_t group_end_ = 0;  ///< end of the refs that may be in flight together
    std::deque<Operation> ready_;
    std::map<std::uint64_t, InFlight> in_flight_;
    std::vector<Outcome> outcomes_;
    std::uint64_t next_id_ = 1;
    std::uint64_t total_ = 0;
    std::uint64_t answered_ = 0;
    ExportResult result_;
};

/// The link in the connector space that a pending one is about: by its text where it names one.
Link held_link(ObjectId holder, const ExportLink& link);

}  // namespace muster
