#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "model/schema.h"

namespace muster {

/// What keeps parts from making an anchor.
enum class AnchorFlaw : std::uint8_t {
    none,
    empty,          ///< every part is empty
    not_canonical,  ///< a part is no value of its attribute's type
    too_long,       ///< more than limits::kAnchorBytes
};

struct AnchorResult {
    std::string_view text;  ///< a view of the only part, or of the buffer
    AnchorFlaw flaw = AnchorFlaw::none;
};

/// Makes the anchor of an object from the values of its type's anchor attributes, which `parts`
/// holds in the same order, each as `canonical` takes it. A single part gives its canonical text.
/// Several are joined by '|', with '|' and '\' inside a part escaped by '\', so that different
/// parts never make one anchor; some, but not all, of them may be empty. The one way anchors of
/// attributes are made, for what is read and what is written alike.
AnchorResult make_anchor(const Schema& schema, TypeId type, std::span<const std::string_view> parts,
                         std::string& buffer);

}  // namespace muster
