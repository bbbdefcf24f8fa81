#pragma once

#include <vector>

#include "engine/rules.h"
#include "store/store.h"

namespace muster {

/// What an object's keys depend on.
struct Keyed {
    const Document& attributes;
    bool waiting = false;  ///< of connector objects
};

/// The key rows to write where an object changes; null where it did not exist before, or does not
/// after. Appends.
void write_keys(const RuleBook& book, TypeId type, ObjectId id, const Keyed* before,
                const Keyed* after, std::vector<KeyWrite>& writes);

/// Matching keys are rows of their own, made by the rules that were in force when an object was
/// written. Whether the store's keys were made by the present ones.
bool keys_follow(View& view, const RuleBook& book);

/// Makes them so: reads all keys and all objects that can have any, page by page. Blocks.
void rebuild_keys(Store& store, const RuleBook& book, Instant moment);

/// What is wrong with them: objects that lack keys or have others than their documents say. Each
/// complaint names the object; at most `most`.
std::vector<std::string> check_keys(View& view, const RuleBook& book, std::size_t most);

}  // namespace muster
