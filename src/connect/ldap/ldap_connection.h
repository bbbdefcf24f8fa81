#pragma once

#include <ldap.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "connect/ldap/ldap_settings.h"

namespace muster {

struct LdapFree {
    void operator()(LDAP* handle) const { ldap_unbind_ext(handle, nullptr, nullptr); }
    void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
    void operator()(LDAPControl* control) const { ldap_control_free(control); }
    void operator()(LDAPControl** controls) const { ldap_controls_free(controls); }
};
using LdapHandle = std::unique_ptr<LDAP, LdapFree>;
using LdapMessage = std::unique_ptr<LDAPMessage, LdapFree>;
using LdapControl = std::unique_ptr<LDAPControl, LdapFree>;
using LdapControls = std::unique_ptr<LDAPControl*, LdapFree>;

/// What a final answer says.
struct LdapResult {
    int code = LDAP_OTHER;
    std::string message;    ///< the server's words
    LdapControls controls;  ///< may be null

    /// "No such object (32): new superior not found"
    std::string text() const;
    /// The response control of this kind; null where there is none.
    LDAPControl* control(const char* oid) const;
};

/// True for the codes of a server that wants TLS first: 8, as Active Directory says it, and 13.
bool wants_tls(int code);

/// What to do then.
inline constexpr const char* kTlsCure =
    "the server wants a secured connection: set start_tls: true, or write ldaps:// in url";

/// Why no message came.
enum class LdapSilence : std::uint8_t {
    none,
    broken,   ///< the connection is gone, or nothing at all came for the whole timeout
    paused,   ///< the given moment came first
    stopped,  ///< the stop token asked
};

/// One bound connection to a directory, and the only place that waits for it. Not thread-safe.
class LdapConnection {
 public:
    using Clock = std::chrono::steady_clock;

    /// Connects, secures and binds. Throws Error(connection), or Error(cancelled) on a stop.
    LdapConnection(const LdapEndpoint& endpoint, const std::stop_token& stop);

    LDAP* handle() const { return handle_.get(); }

    /// The next message that answers request `id` (LDAP_RES_ANY: any request), each message by
    /// itself. Null and a reason where none comes. The timeout starts with the call, so a directory
    /// that answers slowly but steadily is not broken.
    LdapMessage wait(int id, const std::stop_token& stop, LdapSilence& silence,
                     std::optional<Clock::time_point> until = std::nullopt);

    /// Reads a final answer.
    LdapResult result(LDAPMessage* message) const;

    /// Why the connection broke, as far as the library knows.
    std::string trouble() const;

 private:
    void configure(const LdapEndpoint& endpoint);
    void connect(const LdapEndpoint& endpoint);
    void start_tls(const LdapEndpoint& endpoint, const std::stop_token& stop);
    void bind(const LdapEndpoint& endpoint, const std::stop_token& stop);
    /// Waits for the answer to a step of opening and returns if it is a success.
    void expect_success(int id, const std::stop_token& stop, const std::string& doing,
                        const std::string& cure);
    /// As fail(), saying what is wrong with the certificate if that is it.
    [[noreturn]] void fail_tls(const LdapEndpoint& endpoint, const std::string& doing,
                               const std::string& cure) const;
    [[noreturn]] void fail(const std::string& doing, const std::string& why,
                           const std::string& cure) const;

    LdapHandle handle_;
    std::string system_;
    std::string url_;
    std::chrono::seconds timeout_;
};

}  // namespace muster
