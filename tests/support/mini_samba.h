#pragma once

#include <string>

#include "support/ldap_admin.h"
#include "support/server_process.h"
#include "support/temp_folder.h"

namespace muster::testing {

/// A private Samba as the domain controller of an Active Directory domain, DC=ad,DC=example. Its
/// ports are fixed (389, 636), so that it needs to be started by root, and each has an address of
/// its own in 127.0.0.0/8. What goes wrong is thrown as std::runtime_error with its own words.
class MiniSamba {
 public:
    struct Options {
        bool strong_auth = false;  ///< refuses a password on a connection without TLS
    };

    /// True where this process may start one.
    static bool possible();

    /// Starts it and waits until it answers. The very first time on a machine the domain is set up,
    /// which takes half a minute.
    MiniSamba() : MiniSamba(Options{}) {}
    explicit MiniSamba(Options options);

    std::string url() const { return "ldap://" + address_; }
    std::string ldaps_url() const { return "ldaps://" + address_; }
    std::string ca_file() const { return folder_.file("ca.pem"); }
    static std::string suffix() { return "DC=ad,DC=example"; }
    static std::string bind_dn() { return "CN=Administrator,CN=Users,DC=ad,DC=example"; }
    static std::string password() { return "Passw0rd.1"; }
    LdapAdmin admin() const { return {ldaps_url(), bind_dn(), password(), ca_file()}; }

    void start();  ///< at the same address as before
    void stop() { process_.stop(); }
    void kill() { process_.kill(); }

 private:
    Options options_;
    TempFolder folder_;
    std::string address_;
    ServerProcess process_;  ///< last, so that it ends before its folder goes
};

}  // namespace muster::testing
