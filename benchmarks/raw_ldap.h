#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace muster::bench {

/// An entry as LDIF has it.
struct RawEntry {
    std::string dn;
    std::vector<std::pair<std::string, std::vector<std::string>>> attributes;
};

struct RawTarget {
    std::string url;
    std::string bind_dn;
    std::string password;
    bool post_read = false;  ///< ask for every new entry's entryUUID (RFC 4527), as Muster must
};

/// Adds entries the way the plainest pipelined client would: one connection, a fixed number of
/// adds in flight, nothing but libldap. It is the limit that exports are measured against. Returns
/// the seconds from the first add to the last answer; throws std::runtime_error at the first
/// refusal.
double raw_ldap_add(const RawTarget& target, std::span<const RawEntry> entries, std::size_t window);

}  // namespace muster::bench
