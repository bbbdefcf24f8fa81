#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/value.h"

namespace muster {

/// What the directory holds in one value, in the spelling `canonical` accepts: GeneralizedTime
/// becomes ISO 8601, an objectGUID's 16 bytes a guid's text, binary base64. A view of `bytes` or of
/// `buffer`. Nothing where it cannot be text: not well-formed UTF-8.
[[nodiscard]] std::optional<std::string_view> from_ldap(Type type, std::string_view bytes,
                                                        std::string& buffer);

/// The way back: the bytes that stand for a canonical value in the attribute named so.
std::string to_ldap(Type type, std::string_view attribute, std::string_view canonical);

/// A guid's text from the 16 bytes of an Active Directory attribute and back: the first three
/// groups are stored with their bytes reversed (MS-DTYP 2.3.4.2).
std::string guid_from_bytes(std::string_view bytes);
std::string guid_to_bytes(std::string_view text);

/// An attribute whose values are nobody's to see.
bool is_password(std::string_view attribute);

/// A value as it must be spelled within a search filter (RFC 4515).
std::string escape_filter_value(std::string_view bytes);

/// An attribute description whose values came in part: "member;range=0-1499"
/// (MS-ADTS 3.1.1.3.1.3.3).
struct ValueRange {
    std::string_view attribute;         ///< "member"
    std::optional<std::uint64_t> next;  ///< where to go on; nothing where this was the last part
};

/// Reads such a description; nothing where it has no range.
std::optional<ValueRange> parse_range(std::string_view description);

}  // namespace muster
