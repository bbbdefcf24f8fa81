#pragma once

#include <string>

#include "support/temp_folder.h"

namespace muster::testing {

/// Makes, in a test's folder, two certificate authorities (ca.pem and other-ca.pem, with .key) and
/// a server's certificate by the first one (server.pem, server.key) for an IP address.
void make_certificates(const TempFolder& folder, const std::string& address);

/// Makes NAME.pem and NAME.key by the authority ca.pem of the folder. `subject` is as in
/// "IP:127.0.0.1" or "DNS:ldap.example"; it is expired where `days` is negative.
void make_certificate(const TempFolder& folder, const std::string& name, const std::string& subject,
                      int days);

}  // namespace muster::testing
