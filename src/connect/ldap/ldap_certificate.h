#pragma once

#include <optional>
#include <string>

#include "connect/ldap/ldap_settings.h"

namespace muster {

/// Why a connection with TLS did not come about, and what would mend it.
struct TlsTrouble {
    std::string why;
    std::string cure;
};

/// Looks at the certificate of a server with which TLS failed, as the library tells no more than
/// that: connects once more without trusting it, sends nothing but the request for StartTLS, and
/// hangs up. Nothing where TLS is not what is wrong.
std::optional<TlsTrouble> tls_trouble(const LdapEndpoint& endpoint);

}  // namespace muster
