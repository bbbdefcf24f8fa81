#include "store/resident/packed_object.h"

#include <cstring>

#include "base/error.h"
#include "store/resident/varint.h"

namespace muster::resident {
namespace {

// Layout: number of bytes in all (32 bits) | flags | type, commit, joined, provenance as varints |
// payload digest and due time, where the flags say so | anchor and name, each after its length |
// values: distance of the attribute from the one before, length, text.
constexpr unsigned kStateBits = 7;
constexpr unsigned kUnconfirmed = 8;
constexpr unsigned kRetry = 16;
constexpr unsigned kWaiting = 32;
constexpr unsigned kHasPayload = 64;
constexpr unsigned kHasDue = 128;
static_assert(static_cast<unsigned>(ObjectState::leaving_unclaimed) <= kStateBits);

using Size = std::uint32_t;

unsigned flags_of(const Object& object) {
    return static_cast<unsigned>(object.state) | (object.unconfirmed ? kUnconfirmed : 0) |
           (object.retry ? kRetry : 0) | (object.waiting ? kWaiting : 0) |
           (object.payload ? kHasPayload : 0) | (object.due ? kHasDue : 0);
}

template <class Plain>
void put_plain(const Plain& value, std::string& out) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof value);
}

template <class Plain>
Plain get_plain(const char*& at) {
    Plain value;
    std::memcpy(&value, at, sizeof value);
    at += sizeof value;
    return value;
}

template <class Tag, class Rep>
void put_id(Id<Tag, Rep> id, std::string& out) {
    put_varint(out, static_cast<std::uint64_t>(id.value));
}

template <class IdType>
IdType get_id(const char*& at) {
    return IdType(static_cast<decltype(IdType::value)>(get_varint(at)));
}

void put_text(std::string_view text, std::string& out) {
    put_varint(out, text.size());
    out += text;
}

std::string_view get_text(const char*& at) {
    const auto length = static_cast<std::size_t>(get_varint(at));
    const std::string_view text(at, length);
    at += length;
    return text;
}

void unpack_values(std::string_view values, const ObjectType& type, Document& document) {
    document.clear();
    const char* at = values.data();
    const char* const end = at + values.size();
    AttributeId attribute = type.first;
    while (at != end) {
        attribute.value = static_cast<std::uint16_t>(attribute.value + get_varint(at));
        document.add(attribute, get_text(at));
    }
    document.normalise();
}

}  // namespace

void pack_values(const Document& document, const ObjectType& type, std::string& out) {
    AttributeId before = type.first;
    for (const auto value : document) {
        put_varint(out, static_cast<std::uint64_t>(value.attribute.value - before.value));
        put_text(value.text, out);
        before = value.attribute;
    }
}

void pack(const Object& object, const PackedText& text, std::string& out) {
    const std::size_t start = out.size();
    out.append(sizeof(Size), '\0');
    out.push_back(static_cast<char>(flags_of(object)));
    put_id(object.type, out);
    put_id(object.commit, out);
    put_id(object.joined, out);
    put_varint(out, object.provenance);
    if (object.payload) {
        put_plain(object.payload, out);
    }
    if (object.due) {
        put_plain(object.due->time_since_epoch().count(), out);
    }
    put_text(text.anchor, out);
    put_text(text.name, out);
    out += text.values;
    const std::size_t size = out.size() - start;
    MUSTER_ASSERT(size <= std::numeric_limits<Size>::max(), "an object of {} bytes", size);
    const auto stored = static_cast<Size>(size);
    std::memcpy(out.data() + start, &stored, sizeof stored);
}

std::string_view packed_bytes(const char* packed) {
    const char* at = packed;
    return {packed, get_plain<Size>(at)};
}

PackedObject unpack(const char* packed) {
    PackedObject object;
    const char* at = packed + sizeof(Size);
    const auto flags = static_cast<unsigned>(static_cast<unsigned char>(*at++));
    object.state = static_cast<ObjectState>(flags & kStateBits);
    object.unconfirmed = (flags & kUnconfirmed) != 0;
    object.retry = (flags & kRetry) != 0;
    object.waiting = (flags & kWaiting) != 0;
    object.type = get_id<TypeId>(at);
    object.commit = get_id<CommitNumber>(at);
    object.joined = get_id<ObjectId>(at);
    object.provenance = static_cast<std::uint32_t>(get_varint(at));
    if ((flags & kHasPayload) != 0) {
        object.payload = get_plain<Digest>(at);
    }
    if ((flags & kHasDue) != 0) {
        object.due = Instant(Instant::duration(get_plain<Instant::rep>(at)));
    }
    object.anchor = get_text(at);
    object.name = get_text(at);
    const std::string_view all = packed_bytes(packed);
    object.values = {at, static_cast<std::size_t>(all.data() + all.size() - at)};
    return object;
}

void unpack(ObjectId id, const char* packed, const Schema& schema, Object& object) {
    const PackedObject from = unpack(packed);
    object.id = id;
    object.type = from.type;
    object.state = from.state;
    object.unconfirmed = from.unconfirmed;
    object.retry = from.retry;
    object.waiting = from.waiting;
    object.joined = from.joined;
    object.anchor = from.anchor;
    object.name = from.name;
    object.payload = from.payload;
    object.commit = from.commit;
    object.provenance = from.provenance;
    object.due = from.due;
    unpack_values(from.values, schema.type(from.type), object.attributes);
}

}  // namespace muster::resident
