#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/import_diff.h"
#include "run/import_index.h"
#include "run/reader.h"
#include "run/step.h"
#include "run/workers.h"

namespace muster {

/// A reference read before its target: looked up again when everything has been read.
struct DeferredLink {
    ObjectId source;
    TypeId type;  ///< of the source
    AttributeId attribute;
    std::string text;
    Digest payload;              ///< of the source, once its references are settled
    std::string where;           ///< file and line, where they say more than the name
    std::vector<ObjectId> lost;  ///< what the attribute led to until now and does no more
};

/// One entry of a page, on its way from text to changes.
struct PageEntry {
    ReadBatch::Row row;
    ObjectId id;
    bool create = false;
    /// It has the anchor of an object that was still to be created, and somebody else made it: the
    /// object is that entry from now on, and nobody's.
    bool found = false;
};

/// Compares a page of read entries with the store and puts what differs into `changes`; in
/// parallel, with results in the order of the page. References whose target is not there (yet) go
/// to `deferred`, and their object's payload stays open until they are settled.
class ImportPage {
 public:
    ImportPage(Step& step, Workers& workers, const ImportIndex& index, bool named);

    void build(const ReadBatch& batch, std::span<const PageEntry> entries, ChangeSet& changes,
               std::vector<DeferredLink>& deferred);

    /// The object a reference's text means; none where nothing answers.
    ObjectId resolve(AttributeId attribute, std::string_view text) const;

    /// Objects that came under another name than the one they had.
    std::span<const ObjectId> renamed() const { return renamed_; }

 private:
    struct Result;
    struct Existing;
    void build_part(Worker& worker, const ReadBatch& batch, std::span<const PageEntry> entries,
                    std::span<Result> results) const;
    void take_for_sent(const Document& sent, Object& object) const;
    void build_one(const ReadBatch& batch, const PageEntry& entry, const Existing* existing,
                   Result& result) const;
    void read_row(const ReadBatch& batch, const ReadBatch::Row& row, const Existing* before,
                  ReadEntry& read) const;
    bool lost_link(AttributeId attribute, std::string_view text, const Existing& before,
                   const ReadEntry& read) const;
    void keep_ownerless(const OwnerlessValues& ownerless, const Existing& before,
                        ReadEntry& read) const;
    void links_of(const PageEntry& entry, const ReadEntry& read, const std::vector<Link>& before,
                  Result& result) const;
    void tell(const ReadBatch& batch, const PageEntry& entry, const Unreadable& flaw) const;
    void compare(const Object& before, Result& result) const;
    void forget_plans(std::span<const PageEntry> entries, ChangeSet& changes) const;
    void write_keys(const Object* before, Result& result) const;

    Step& step_;
    Workers& workers_;
    const ImportIndex& index_;
    bool named_;
    std::vector<ObjectId> renamed_;
};

}  // namespace muster
