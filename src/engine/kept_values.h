#pragma once

#include <span>
#include <string>

#include "engine/rules.h"
#include "model/object.h"

namespace muster {

// What is noted in ObjectType::kept of a connector object. Values appear as digests only.

/// How often a system may show something else than was written before that is what it keeps.
inline constexpr int kShownElsewise = 3;

/// Notes in `after`, an entry as it was just read, which attributes show something else than was
/// written (`before`, as the entry was known; `written`: it was written to since it was last read).
/// What shows what was written, or something new, is forgotten. Takes out what is never read.
void note_kept(const RuleBook& book, const Object& before, bool written, Object& after);

/// Whether a system has kept another value often enough: sending what is wanted once more is no
/// use as long as neither changes.
bool keeps_another(const Schema& schema, const Object& actual, AttributeId attribute,
                   std::span<const std::string> wanted);

/// Whether this is what an attribute that is never read was given last.
bool was_given(const Schema& schema, const Object& actual, AttributeId attribute,
               std::span<const std::string> wanted);

/// Notes what an attribute that is never read has been given, and holds no value of it.
void note_given(const Schema& schema, Object& object, AttributeId attribute,
                std::span<const std::string> values);

}  // namespace muster
