#pragma once

#include <string>
#include <string_view>

#include "connect/ldap/ldap_connection.h"
#include "connect/ldap/ldap_request.h"
#include "connect/ldap/ldap_settings.h"

namespace muster {

/// Asks for an attribute of the entry as it is after the write (RFC 4527).
LdapControl post_read_control(std::string_view attribute);

/// Asks to overlook values to be added that are there and values to be removed that are gone
/// (MS-ADTS 3.1.1.3.4.1.8; OpenLDAP has it too). Not critical: other servers ignore it.
LdapControl permissive_modify_control();

/// The canonical anchor out of the answer to an add with post_read_control; empty where the server
/// did not tell.
std::string post_read_anchor(const LdapType& type, const LdapResult& result);

/// The canonical anchor of an entry that a search shows; empty where it shows none.
std::string entry_anchor(const LdapConnection& connection, const LdapType& type,
                         LDAPMessage* message);

/// What was refused (of values only one that stands alone, and no password), the server's words,
/// and what to do about it.
std::string refusal_message(const LdapRequest& request, const LdapResult& result);

}  // namespace muster
