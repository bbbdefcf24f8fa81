#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/object.h"
#include "model/schema.h"
#include "store/view.h"

namespace muster {

// How objects are called where people read and where two stores are compared: never by their ids.
// "directory/person/uid=b000944,ou=people" (the name, else the anchor), "metaverse/person/B000944"
// (the first matching key that has values; parts joined by '+').

/// The path of one object; ends in "#123" where it has neither name, anchor nor key.
std::string object_path(const Schema& schema, const Object& object);

/// Paths beside the ids, in few calls. An object of a target that is still to be created and has no
/// name yet is "phonebook/entry/new for metaverse/person/B000944"; an erased one is called what it
/// was; an unknown one "#123".
std::vector<std::string> object_paths(const Schema& schema, View& view,
                                      std::span<const ObjectId> ids);

/// The object an erase took away, as far as its change says: anchor, name, attributes.
Object erased_object(const Schema& schema, const Change& change);

}  // namespace muster
