#pragma once

#include <string>
#include <string_view>

#include "support/server_process.h"
#include "support/temp_folder.h"

namespace muster::testing {

/// A private OpenLDAP server on loopback with its data in a temporary folder: a real peer for
/// tests. Everything it does wrong is thrown as std::runtime_error with the server's own words.
class MiniSlapd {
 public:
    struct Options {
        std::string suffix = "dc=test,dc=example";
        bool suffix_entry = true;   ///< create the entry at the suffix
        bool tls = false;           ///< with a certificate for 127.0.0.1 and a CA of its own
        bool durable = false;       ///< sync to disk at every write; tests seldom need it
        std::string global = {};    ///< further lines of slapd.conf before the database
        std::string database = {};  ///< and within the database: "sizelimit 10"
    };

    /// Starts it and waits until it takes connections.
    MiniSlapd() : MiniSlapd(Options{}) {}
    explicit MiniSlapd(Options options);

    // By address, as libldap takes "localhost" for the machine's own name in certificates.
    std::string url() const;                 ///< ldap://127.0.0.1:port
    std::string ldaps_url() const;           ///< ldaps://127.0.0.1:port; with tls only
    std::string misnamed_ldaps_url() const;  ///< the same where the certificate does not say so
    std::string ldapi_url() const;  ///< the user running the test is the administrator on it
    const std::string& suffix() const { return options_.suffix; }
    std::string bind_dn() const { return "cn=admin," + options_.suffix; }
    std::string password() const { return "secret-of-tests"; }
    std::string ca_file() const { return folder_.file("ca.pem"); }
    /// A valid CA that has signed nothing here.
    std::string other_ca_file() const { return folder_.file("other-ca.pem"); }
    const TempFolder& folder() const { return folder_; }

    bool running() const { return process_.running(); }
    void start();  ///< at the same addresses as before
    // As in ServerProcess:
    void stop() { process_.stop(); }
    void kill() { process_.kill(); }
    void pause() { process_.pause(); }
    void resume() { process_.resume(); }

    /// Adds entries given as LDIF: through the server if it runs, else straight into its database,
    /// which is much faster.
    void add(std::string_view ldif) const;
    /// Applies LDIF change records through the running server.
    void modify(std::string_view ldif) const;
    /// Everything it holds as LDIF, one line per value, lines of an entry and entries sorted.
    /// Operational attributes (entryUUID, timestamps, …) only if asked for.
    std::string dump(bool operational = false) const;
    /// The entries whose DN ends in `base`, in the form of dump().
    std::string dump_below(std::string_view base) const;

 private:
    void write_configuration() const;

    Options options_;
    TempFolder folder_;
    int port_ = 0;
    int tls_port_ = 0;
    ServerProcess process_;  ///< last, so that it ends before its folder goes
};

}  // namespace muster::testing
