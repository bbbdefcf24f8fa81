#pragma once

#include "store/names.h"
#include "store/postgresql/rows.h"
#include "store/store.h"

namespace muster::postgresql {

/// A ChangeSet in the words of the tables, ready to be sent, and sent again if need be; the
/// ChangeSet must outlive it. Rows are in the order of their keys and each key is there once: of
/// several the last.
class Batch {
 public:
    Batch(const ChangeSet& changes, const Schema& schema, const Names& names);

    /// Columns of the table of objects.
    static std::span<const Column> created_columns();
    /// Rows of created objects in those columns: from the one at `first` as many as
    /// make a piece to send. Moves `first` behind them.
    RowSet created_rows(std::size_t& first) const;

    bool logged = false;
    Instant time;
    ActivityId activity;
    std::string cause;

    std::vector<const ObjectWrite*> created;
    RowSet changed;  ///< updated or erased
    std::uint64_t updated = 0;
    std::uint64_t erased = 0;
    /// Metaverse objects that go, where something may be joined to them that the configuration no
    /// longer has.
    std::vector<std::int64_t> left;
    std::vector<std::int64_t> forgotten;  ///< types that the configuration no longer has
    RowSet log;
    RowSet closed_links;
    RowSet opened_links;
    RowSet removed_keys;
    RowSet added_keys;
    RowSet reservations;
    RowSet exports;
    RowSet export_marks;
    RowSet export_links;
    std::vector<std::int64_t> erased_exports;
    RowSet erased_export_links;
    std::vector<ObjectId> linked;   ///< may have links and no export
    std::vector<ObjectId> emptied;  ///< may have an export that says nothing
    std::vector<ExportSweep> sweeps;
    RowSet population;
    RowSet items;
    RowSet activities;
    RowSet followers;
    RowSet meta;

 private:
    void add_objects(const ChangeSet& changes, const Schema& schema, const Names& names);
    void add_links(const ChangeSet& changes, const Schema& schema, const Names& names);
    void add_keys(const ChangeSet& changes, const Names& names);
    void add_exports(const ChangeSet& changes, const Schema& schema, const Names& names);
    void add_export_links(const ChangeSet& changes, const Names& names);
    void add_population(const ChangeSet& changes, const Schema& schema, const Names& names);
    void add_journal(const ChangeSet& changes);

    const Schema& schema_;
    const Names& names_;
};

}  // namespace muster::postgresql
