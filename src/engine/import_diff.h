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

/// An attribute that an entry does not tell: it keeps the values that it had.
struct Unreadable {
    AttributeId attribute;
    std::string code;
    std::string message;  ///< what is wrong with it, without its name
    bool partly = false;  ///< what was read of it counts, beside values that it had
};

/// What an entry says, brought into Muster's form.
struct ReadEntry {
    Document attributes;
    std::vector<ReadValue> references;   ///< texts as read, views into the entry, by attribute then
                                         ///< text, without repetition
    std::vector<Unreadable> unreadable;  ///< ascending, each attribute once; none has values here
};

/// Checks and canonicalises an entry's values by their attributes' types. An attribute with a value
/// that is none of its type, or with more than one although it takes one, is unreadable as a whole,
/// as are those that `result.unreadable` names beforehand. Pure.
void read_entry(const Schema& schema, std::span<const ReadValue> values, ReadEntry& result);

/// Adds a value that the object had to what is read of an attribute, and notes why.
void keep_value(const Schema& schema, const ReadValue& value, ReadEntry& entry);

/// Lets the unreadable attributes of an entry of `type` keep what `before` has of them (null: it is
/// new), and notes in the entry's document what is wrong with them.
void keep_unreadable(const Schema& schema, TypeId type, const Document* before, ReadEntry& entry);

/// What is noted of an object's attribute that cannot be read: "phone: 'one' is not …"; empty where
/// nothing is.
std::string_view unreadable_note(const Schema& schema, const Object& object, AttributeId attribute);

/// All that is noted of what cannot be read of an object; nothing of metaverse objects.
std::vector<std::string> unreadable_notes(const Schema& schema, const Object& object);

/// What is noted of an object that was not read while more rows than `before` have no usable key:
/// it may be one of them.
std::string hidden_note(std::uint64_t before);
/// That number; nothing where none is noted.
std::optional<std::uint64_t> hidden_since(const Schema& schema, const Object& object);

/// Link changes that turn `before` (sorted: target, text within attribute) into `after`; both of
/// one source. `after` is sorted here.
void diff_links(const std::vector<Link>& before, std::vector<Link>& after,
                std::vector<LinkChange>& changes);

/// Takes back a list of deltas, newest first, from an object and its links: for entries that turned
/// out to be refused. False where the log does not fit the object (our bug or a damaged store).
[[nodiscard]] bool take_back(std::span<const Delta> newest_first, Object& object,
                             std::vector<LinkChange>& link_changes);

}  // namespace muster
