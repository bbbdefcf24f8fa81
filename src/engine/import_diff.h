#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/rules.h"
#include "model/delta.h"
#include "model/object.h"

namespace muster {

/// One value as a connector read it (see connect/connector.h), its text kept elsewhere.
struct ReadValue {
    AttributeId attribute;
    std::string_view text;
};

/// What an entry says, brought into Muster's form.
struct ReadEntry {
    Document attributes;
    std::vector<ReadValue> references;  ///< texts as read, views into the entry, by attribute then
                                        ///< text, without repetition
    std::vector<ObjectProblem> problems;  ///< values left out, and why
};

/// Checks and canonicalises an entry's values by their attributes' types. A value that is none of
/// its type, or one too many for a single-valued attribute, is left out and reported; the rest
/// stands. Pure.
void read_entry(const Schema& schema, std::span<const ReadValue> values, ReadEntry& result);

/// Link changes that turn `before` (sorted: target, text within attribute) into `after`; both of
/// one source. `after` is sorted here.
void diff_links(const std::vector<Link>& before, std::vector<Link>& after,
                std::vector<LinkChange>& changes);

/// Takes back a list of deltas, newest first, from an object and its links: for entries that turned
/// out to be refused. False where the log does not fit the object (our bug or a damaged store).
[[nodiscard]] bool take_back(std::span<const Delta> newest_first, Object& object,
                             std::vector<LinkChange>& link_changes);

}  // namespace muster
