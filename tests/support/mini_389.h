#pragma once

#include <string>
#include <string_view>

#include "support/ldap_admin.h"
#include "support/server_process.h"
#include "support/temp_folder.h"

namespace muster::testing {

/// A private 389 Directory Server on loopback, with dc=test,dc=example and ou=people and ou=groups
/// in it. What goes wrong is thrown as std::runtime_error with the server's own words.
class Mini389 {
 public:
    /// Starts it and waits until it answers. The very first time on a machine it is set up, which
    /// takes some seconds more.
    Mini389();

    std::string url() const;  ///< ldap://127.0.0.1:port
    static std::string suffix() { return "dc=test,dc=example"; }
    static std::string bind_dn() { return "cn=Directory Manager"; }
    static std::string password() { return "Passw0rd.1"; }
    LdapAdmin admin() const { return {url(), bind_dn(), password(), {}}; }

    void start();  ///< at the same address as before
    void stop() { process_.stop(); }
    void kill() { process_.kill(); }

 private:
    TempFolder folder_;
    int port_ = 0;
    ServerProcess process_;  ///< last, so that it ends before its folder goes
};

}  // namespace muster::testing
