#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/document.h"
#include "model/object.h"
#include "model/schema.h"

namespace muster {

/// Before and after of one scalar attribute: whole value sets, normalised.
struct AttributeChange {
    AttributeId attribute;
    std::vector<std::string> before;
    std::vector<std::string> after;
    friend bool operator==(const AttributeChange&, const AttributeChange&) = default;
};

/// One link opened or closed on the object.
struct LinkChange {
    AttributeId attribute;
    bool opened = true;
    ObjectId target;   ///< or, if none,
    std::string text;  ///< the unresolved text
    friend auto operator<=>(const LinkChange&, const LinkChange&) = default;
};

template <class T>
using BeforeAfter = std::optional<std::pair<T, T>>;

/// What one commit (or a planned export) does to one object. Only what differs is present.
struct Delta {
    BeforeAfter<std::string> anchor;
    BeforeAfter<std::string> name;
    BeforeAfter<ObjectState> state;
    BeforeAfter<ObjectId> joined;
    std::vector<AttributeChange> attributes;  ///< ascending by attribute
    std::vector<LinkChange> links;            ///< ascending
    bool empty() const;
    friend bool operator==(const Delta&, const Delta&) = default;
};

/// Attribute changes that turn `before` into `after`.
std::vector<AttributeChange> diff(const Document& before, const Document& after);

/// Turns the document around by the changes. Every `before` must be what the document holds:
/// returns false, with the document untouched, where one is not.
[[nodiscard]] bool apply(std::span<const AttributeChange> changes, Document& document);

/// The change that takes `delta` back.
Delta inverse(const Delta& delta);

/// One line of JSON:
/// {"anchor":[b,a],"name":[b,a],"state":[b,a],"joined":[b,a],"attributes":{name:[b,a]},
/// "links":{name:{"+":[…],"-":[…]}}}; absent parts left out; b and a are null, a string, or an
/// array where there are several; links are numbers (object ids) or strings (unresolved).
void encode(const Delta& delta, const Schema& schema, std::string& out);

/// Reads it back for an object of `type`; unknown attributes are left out. Throws Error(store)
/// where malformed.
Delta decode_delta(std::string_view json, TypeId type, const Schema& schema);

}  // namespace muster
