#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <vector>

#include "engine/rules.h"
#include "run/import_index.h"
#include "run/reader.h"
#include "store/store.h"

namespace muster {

/// Tells whether an entry that is read is one that Muster created. An object in provisioning is
/// known by its name or the anchor it was to have, and so might anybody's be: an entry is taken for
/// it only where its creation may have arrived and what stands there is what was sent, or where the
/// system has said that it is done and only the anchor is not known yet.
class Adoption {
 public:
    Adoption(View& view, const RuleBook& book, const ImportIndex& index)
        : view_(view), book_(book), index_(index) {}

    /// Looks up the objects in provisioning that the entries of a batch might be, in place of those
    /// of the one before: at most two calls, none where there are no such objects.
    void look_up(const ReadBatch& batch);

    /// Whether the entry is the object, which must have been looked up.
    bool is_created(ObjectId planned, const ReadBatch& batch, const ReadBatch::Row& row) const;

 private:
    struct Planned {
        Object object;
        std::optional<Export> pending;
    };
    View& view_;
    const RuleBook& book_;
    const ImportIndex& index_;
    boost::unordered_flat_map<ObjectId, Planned> planned_;
};

}  // namespace muster
