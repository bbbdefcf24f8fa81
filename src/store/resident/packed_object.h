#pragma once

#include <string>
#include <string_view>

#include "model/object.h"
#include "model/schema.h"

namespace muster::resident {

/// A packed object, read without copying; the views are into it.
struct PackedObject {
    TypeId type;
    ObjectState state = ObjectState::normal;
    bool unconfirmed = false;
    bool retry = false;
    bool waiting = false;
    ObjectId joined;
    Digest payload;
    CommitNumber commit;
    std::uint32_t provenance = 0;
    std::optional<Instant> due;
    std::string_view anchor;
    std::string_view name;
    std::string_view values;  ///< of pack_values
};

/// Packs the values of a document of a type; appends.
void pack_values(const Document& document, const ObjectType& type, std::string& out);

/// Packs an object, its anchor, name and values being those of `text`; appends. The bytes know
/// their own number, so that a pointer to them is enough.
struct PackedText {
    std::string_view anchor;
    std::string_view name;
    std::string_view values;
};
void pack(const Object& object, const PackedText& text, std::string& out);

/// Reads what pack() wrote.
PackedObject unpack(const char* packed);
/// The same as an object in full; replaces all of `object`.
void unpack(ObjectId id, const char* packed, const Schema& schema, Object& object);

/// The bytes of what pack() wrote.
std::string_view packed_bytes(const char* packed);

}  // namespace muster::resident
