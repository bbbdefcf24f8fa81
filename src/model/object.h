#pragma once

#include <optional>
#include <string>

#include "base/hash.h"
#include "base/ids.h"
#include "base/time.h"
#include "model/document.h"

namespace muster {

enum class ObjectState : std::uint8_t {
    normal = 0,
    provisioning = 1,  ///< connector object that Muster planned and the system has not shown yet
    gone = 2,          ///< connector object the system no longer has; the next sync takes it down
    leaving = 3,       ///< metaverse object marked for deletion: frozen until it is rescued or due
    /// Metaverse object that is there although no deletion source has had it yet: one that joins it
    /// makes it normal, and it leaves with the last source that it has.
    unclaimed = 4,
    leaving_unclaimed = 5,  ///< the same, on its way out
};

/// Whether a metaverse object is marked for deletion.
constexpr bool is_leaving(ObjectState state) {
    return state == ObjectState::leaving || state == ObjectState::leaving_unclaimed;
}
/// Whether no deletion source has ever had a metaverse object.
constexpr bool is_unclaimed(ObjectState state) {
    return state == ObjectState::unclaimed || state == ObjectState::leaving_unclaimed;
}

std::string_view state_name(ObjectState state);

/// A row of the `object` table. Its references are links (store/view.h), not part of it.
struct Object {
    ObjectId id;
    TypeId type;  ///< says the space, too
    ObjectState state = ObjectState::normal;
    bool unconfirmed = false;  ///< holds values that were sent and not yet seen in an import
    bool retry = false;  ///< was in error in the last sync, hence due in the next whatever changed
    bool waiting =
        false;        ///< unjoined, with matching values in the `key` table so that it can be woken
    ObjectId joined;  ///< connector objects: the metaverse object, if any
    std::string anchor;  ///< empty in the metaverse, and while the system has not given one
    std::string name;    ///< DN in LDAP; empty where the system has no names
    Document attributes;
    Digest payload;       ///< of the entry as last read; none where it must be compared honestly
    CommitNumber commit;  ///< the last one that changed it
    std::uint32_t provenance = 0;  ///< metaverse: number of the pattern saying which flow won what
    std::optional<Instant> due;    ///< metaverse, leaving: when it may be deleted
};

/// A reference value: from `source` through `attribute` to `target`, or, while nothing answers to
/// it, its text.
struct Link {
    AttributeId attribute;
    ObjectId source;
    ObjectId target;   ///< none: unresolved
    std::string text;  ///< unresolved: the anchor or name as the system has it; else empty
    friend auto operator<=>(const Link&, const Link&) = default;
};

}  // namespace muster
