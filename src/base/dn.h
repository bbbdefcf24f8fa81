#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// One `type=value` of a distinguished name; the value without escapes.
struct DnPart {
    std::string type;
    std::string value;
    friend bool operator==(const DnPart&, const DnPart&) = default;
};

/// One component (RDN): usually one part, several where joined with `+`.
using Rdn = std::vector<DnPart>;

/// A distinguished name, leaf first, as it is written (RFC 4514).
using Dn = std::vector<Rdn>;

/// Reads the string form of RFC 4514 (blanks around separators allowed). Nothing where it is not
/// one.
std::optional<Dn> parse_dn(std::string_view text);

/// Writes it, escaping what must be escaped. The only way DNs are put together.
std::string format_dn(const Dn& dn);

/// One `type=value`, escaped, for building a DN from parts.
std::string format_rdn(std::string_view type, std::string_view value);

/// An attribute type as DNs are compared by it: in lower case, and one name for those that have
/// several and OIDs (RFC 4519, RFC 4524): "commonName" and "2.5.4.3" are "cn".
std::string normalize_type(std::string_view type);

/// The form in which DNs are compared, as directories do it: types as normalize_type gives them,
/// values in lower case and normal form (fold_simply, text.h) and escaped one way, parts of a
/// component sorted, no blanks. Two DNs are the same exactly if these are. A text that is no DN
/// gives itself in lower case. Fast for plain ASCII without escapes.
std::string normalize_dn(std::string_view text);

/// Whether two texts are one DN.
bool same_dn(std::string_view a, std::string_view b);

/// The same with values folded in full (fold, text.h): names that are the same have the same form,
/// but not the other way round ("straße" and "strasse" share one). For keys to look names up by.
std::string fold_dn(std::string_view text);

/// Of two DNs that are the same: whether a value of their first component is spelled otherwise.
bool respells_first_component(std::string_view a, std::string_view b);

/// The DN above (all but the first component), as text; empty for a single component or no DN.
std::string parent_dn(std::string_view text);

/// True where `dn` is `base` or lies below it, component by component.
bool dn_is_within(std::string_view dn, std::string_view base);

}  // namespace muster
