#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/configuration.h"
#include "store/view.h"

namespace muster {

/// What differs in one attribute of an object, in the words of people: references are paths
/// (run/object_path.h). Of links only those removed and added are named, of everything else the
/// whole set of values.
struct ValueDifference {
    AttributeId attribute;  ///< none: the anchor, name, state or join of the object itself
    std::string what;       ///< the attribute's name; else "anchor", "name", "state", "joined"
    bool links = false;
    std::vector<std::string> before;
    std::vector<std::string> after;
    friend bool operator==(const ValueDifference&, const ValueDifference&) = default;
};

/// The net change of one object over several commits. Two are equal where their words are: ids,
/// page size and threads play no part.
struct ObjectChange {
    ObjectId object;
    TypeId type;
    std::string path;
    ChangeKind kind = ChangeKind::update;
    std::vector<ValueDifference> values;
    friend bool operator==(const ObjectChange& a, const ObjectChange& b) {
        return a.path == b.path && a.kind == b.kind && a.values == b.values;
    }
};

/// A pending export in words; equal where the words are.
struct PendingExport {
    Export row;
    std::string path;
    std::string cause;  ///< path of the connector object whose change led to it; may be empty
    std::uint64_t held_links = 0;  ///< a limit can hold links while the rest of the object goes
    std::uint64_t discarded_links = 0;  ///< beside those
    std::vector<ValueDifference> values;
    friend bool operator==(const PendingExport& a, const PendingExport& b) {
        return a.path == b.path && a.row.kind == b.row.kind && a.row.state == b.row.state &&
               a.cause == b.cause && a.held_links == b.held_links &&
               a.discarded_links == b.discarded_links && a.values == b.values;
    }
};

/// What a delta says of an object, in words.
std::vector<ValueDifference> describe(const Schema& schema, View& view, const Delta& delta);
/// The same for many deltas, in few calls.
std::vector<std::vector<ValueDifference>> describe(const Schema& schema, View& view,
                                                   std::span<const Delta> deltas);

/// No bound on how many are described.
inline constexpr std::size_t kEvery = std::numeric_limits<std::size_t>::max();

/// Net changes of the objects of a space since a commit, in order of object id. An object that was
/// created and erased in between has none. Holds the deltas of changed objects in memory, created
/// ones at 32 bytes each.
/// Only the first `most` are described; returns how many there are.
std::uint64_t each_change(const Schema& schema, View& view, SpaceId space, CommitNumber after,
                          const std::function<void(const ObjectChange&)>& change,
                          std::size_t most = kEvery);

/// Pending exports of a system in any of the states (empty: all), in order of object id. An object
/// is left out, and a link of it is not named, where it is in another state. Only the first
/// `most` are described; returns how many there are.
std::uint64_t each_pending_export(const Schema& schema, View& view, SpaceId system,
                                  std::span<const ExportState> states,
                                  const std::function<void(const PendingExport&)>& pending,
                                  std::size_t most = kEvery);

/// What one object still has to be told; nothing where nothing is pending.
std::optional<PendingExport> find_pending_export(const Schema& schema, View& view, ObjectId object);

}  // namespace muster
