#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "connect/ldap/ldap_connection.h"

namespace muster {

struct LdapSearch {
    std::string base;
    int scope = LDAP_SCOPE_SUBTREE;
    std::string filter = "(objectClass=*)";
    std::vector<std::string> attributes;
};

/// Sends a search and returns its message id; nothing where the connection is broken. Throws
/// Error(configuration) where the filter is malformed.
std::optional<int> send_search(const LdapConnection& connection, const LdapSearch& search,
                               LDAPControl* control = nullptr);

/// How a search ended.
struct SearchEnd {
    int code = LDAP_OTHER;      ///< as the server answered, if it did
    bool complete = false;      ///< every entry was shown
    bool base_missing = false;  ///< there is no entry at the base
    bool broken = false;        ///< the connection cannot be used any more
    bool stopped = false;
    std::string because;  ///< where it is not complete, in words
};

/// Takes a search result entry, and with it the message if it wants.
using TakeEntry = std::function<void(LdapMessage)>;

/// Shows all entries a search finds, asking for `page_size` at a time (RFC 2696): for less where
/// the server refuses so many, and for all at once where it refuses pages. The next page is on its
/// way while one is worked on. References to other servers are passed over.
SearchEnd paged_search(LdapConnection& connection, const LdapSearch& search, int page_size,
                       const std::stop_token& stop, const TakeEntry& take);

/// Runs one unpaged search to its end, handing entries on as they come.
SearchEnd single_search(LdapConnection& connection, const LdapSearch& search,
                        const std::stop_token& stop, const TakeEntry& take);

/// Runs many unpaged searches with several in flight; `take` is told the position of the search an
/// entry belongs to, `end` how each ended. False where the connection broke or a stop came.
bool many_searches(LdapConnection& connection, std::span<const LdapSearch> searches,
                   const std::stop_token& stop,
                   const std::function<void(std::size_t, LdapMessage)>& take,
                   const std::function<void(std::size_t, const SearchEnd&)>& end);

}  // namespace muster
