#pragma once

#include <ldap.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "connect/ldap/ldap_settings.h"

namespace muster {

/// A change of one attribute within a request.
struct LdapMod {
    int operation = LDAP_MOD_ADD;  ///< LDAP_MOD_ADD, _DELETE or _REPLACE
    std::string attribute;
    std::vector<std::string> values;
};

/// One message to the directory.
struct LdapRequest {
    enum class Kind : std::uint8_t { add, modify, rename, erase, look };
    Kind kind = Kind::modify;
    std::string dn;
    std::vector<LdapMod> mods;   ///< add, modify
    std::string new_rdn;         ///< rename
    std::string new_parent;      ///< rename; empty: stays where it is
    bool keep_old = false;       ///< rename: the values of the old component stay
    std::string filter = {};     ///< look: what the entry must match to be shown
    std::string attribute = {};  ///< look: what to show of it
};

/// What an operation becomes: requests to be sent one after the other, each when the one before has
/// succeeded.
struct LdapPlan {
    std::vector<LdapRequest> requests;
    std::string flaw;                       ///< why there can be none; empty where there are
    std::vector<ValueChange> brought = {};  ///< rename: as Outcome::brought
};

/// Translates an operation: values into the directory's spelling, placeholders, the values the name
/// demands (RFC 4512 2.3.1), and large value sets into several requests.
LdapPlan plan_requests(const LdapType& type, const Operation& operation);

/// The add that creates a missing parent, by the type of its first component; nothing where the
/// type says no object class. `active_directory`: a cn becomes a container.
std::optional<LdapRequest> plan_parent(const std::string& dn, bool active_directory);

/// The same modification as single, smaller ones that may each fail alone: halves of the values of
/// its only change, or its changes one by one. A password and what enables its account stay
/// together. Empty where it cannot be divided.
std::vector<LdapRequest> divide(const LdapRequest& request);

/// Shows the entry of this name, if it is there and matches the filter, with one attribute.
LdapRequest look_at(std::string dn, std::string filter, std::string attribute);

/// Asks whether an entry holds a value of an attribute.
LdapRequest look_for_value(const LdapRequest& modify);

/// Sends a request and returns its message id; nothing where the connection is broken.
std::optional<int> send_request(LDAP* handle, const LdapRequest& request, LDAPControl* control);

}  // namespace muster
