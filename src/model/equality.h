#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace muster {

/// How a connected system tells two values of a text attribute apart, where it is not by their
/// bytes: LDAP's matching rules for equality (RFC 4517 4.2). Attributes of other types are
/// canonical anyway.
enum class Equality : std::uint8_t {
    exact,        ///< by their bytes
    case_exact,   ///< blanks at the ends do not count, a run of them counts as one
    case_ignore,  ///< and neither does case
    telephone,    ///< case, blanks and hyphens do not count
    numeric,      ///< blanks do not count
    name,         ///< a DN
    time,         ///< GeneralizedTime
    integer,      ///< leading zeros do not count
};

/// "case_ignore"; as remembered.
std::string_view equality_name(Equality equality);
/// The way back; nothing for any other text.
std::optional<Equality> find_equality(std::string_view name);

/// The form in which a value is compared: two are one to the system exactly if these are the same.
std::string equality_form(Equality equality, std::string_view value);

/// The attributes of a system that it compares otherwise than by bytes.
using Equalities = boost::unordered_flat_map<AttributeId, Equality>;

/// A value that the system takes for another one of the same attribute.
struct OneValue {
    std::string kept;
    std::string dropped;
};

/// `wanted` as the system can hold it: of values that are one to it, the one spelled as in `held`
/// where it is there, else the first. In ascending order; what is dropped is told in `merged`.
std::vector<std::string> distinct_values(Equality equality, const std::vector<std::string>& held,
                                         const std::vector<std::string>& wanted,
                                         std::vector<OneValue>& merged);

/// The values that a system shows, spelled as they were sent where they are the same to it: whether
/// it keeps another spelling than it was given is its own affair. Both in ascending order; so is
/// the answer.
std::vector<std::string> spelled_as_sent(Equality equality, const std::vector<std::string>& sent,
                                         std::vector<std::string> shown);

}  // namespace muster
