#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "run/adoption.h"
#include "run/committer.h"
#include "run/import_index.h"
#include "run/import_page.h"

namespace muster {

/// Ids for new objects, reserved in blocks.
class IdSource {
 public:
    explicit IdSource(Store& store) : store_(store) {}
    ObjectId next();

 private:
    Store& store_;
    std::size_t block_ = 16;  // small imports leave small gaps
    std::size_t left_ = 0;
    ObjectId next_;
};

/// One import while it goes: takes what is read, page by page, then settles what only the end can
/// tell.
class Importer {
 public:
    /// Of a whole system.
    Importer(Step& step, Workers& workers, SpaceId system);
    /// Of the objects that are asked for: cost grows with them and what they refer to.
    Importer(Step& step, Workers& workers, SpaceId system, std::span<const Object> asked);

    /// Takes everything the reader hands over. To be called once.
    void take(Reader& reader);

    // Then, in this order:
    /// Decides which objects have the names that several had. `complete`: everything was read.
    void settle_names(bool complete) { index_.settle_names(complete); }
    /// Takes back what an anchor that turned out to come twice has changed.
    void refuse_duplicates();
    /// Looks up again the references read before their targets.
    void settle_links();
    /// Whether any object of a type was read.
    bool showed(TypeId type) const { return shown_.contains(type); }
    /// Marks what a complete read did not show. `sure`: an operator said so, and nobody can be
    /// there under a key that cannot be used.
    void mark_gone(std::span<const TypeId> complete, bool sure);
    /// Marks those of the objects asked for that were not shown.
    void mark_absent(std::span<const ObjectId> asked);
    /// Confirms what was sent and seen, and plans again what did not arrive. `asked` empty:
    /// everything was read.
    void settle_exports(std::span<const ObjectId> asked);
    /// Nothing is left to do. `whole` false where only a part of the system was read.
    void finish(bool whole);

 private:
    void submit(ChangeSet&& changes);
    std::string unfinished_name() const;
    void look_up(const ReadBatch& batch);
    void look_up_unresolved();
    void note(ReadProblem problem);
    void take(const ReadBatch& batch, const ReadBatch::Row& row);
    void refuse(const ReadBatch& batch, const ReadBatch::Row& row, ImportIndex::Known& known);
    void set_aside(const ReadBatch& batch, const ReadBatch::Row& row);
    void take_aside();
    void flush();
    /// `tell`: what becomes unresolved is worth an item.
    void settle(const std::map<ObjectId, std::vector<LinkChange>>& changes, bool tell = true);
    void doubt_referrers_of_renamed();
    void tell_referrers(std::map<ObjectId, std::string>&& renamed);
    void write_gone(std::span<const ObjectId> gone);
    void keep_hidden(TypeId type, std::vector<ObjectId>& missing);
    std::string keyless_name(TypeId type) const;
    void note_keyless(std::span<const TypeId> complete);
    void take_back_one(Object&& object, const ImportIndex::Known& known, ChangeSet& set);
    std::string refused_name() const;

    Step& step_;
    SpaceId system_;
    Store& store_;
    View& view_;
    bool named_;
    ImportIndex index_;
    Adoption adoption_;
    ImportPage page_;
    IdSource ids_;
    Committer committer_;

    // Links read before their targets, names by which others knew an object and copies of an anchor
    // are known to nobody once an import is cut short. It says so with its first commit; the next
    // one then compares everything, with the state before the first of them; with its own start
    // where a sync has seen what the others brought, which may have led to joins and exports.
    CommitNumber start_;
    bool resumed_;         ///< the import before was cut short
    bool marked_ = false;  ///< the store says that one is under way, since start_

    ReadBatch changed_;               ///< the page being gathered
    std::vector<PageEntry> entries_;  ///< beside its rows
    std::vector<DeferredLink> deferred_;
    boost::unordered_flat_map<ObjectId, Digest> open_payloads_;  ///< of objects with deferred links
    boost::unordered_flat_map<ObjectId, std::string> open_places_;  ///< file and line of the same
    bool created_any_ = false;

    // Anchors that came more than once. Those of the last import wait for the end of this one, so
    // that refusing them again changes nothing.
    std::set<std::string> refused_before_;
    std::map<std::string, std::vector<std::size_t>>
        aside_;  ///< by type and anchor, rows of aside_rows_
    ReadBatch aside_rows_;
    std::set<std::string> refused_;
    std::set<TypeId> shown_;
    std::map<TypeId, std::uint64_t> keyless_;  ///< rows that may be anybody
    std::set<std::string> untidy_;  ///< by type and anchor: keys with blanks and the like
    std::vector<std::pair<TypeId, std::string>> meant_;  ///< what those are most likely to mean
    std::map<ObjectId, ImportIndex::Known> duplicates_;
};

}  // namespace muster
