#include "connect/ldap/ldap_connection.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "connect/ldap/ldap_certificate.h"

namespace muster {

namespace {

using namespace std::chrono_literals;

constexpr auto kConnectMost = 10s;  ///< for a connection to come about, whatever the timeout
constexpr auto kStopCheck = 100ms;  ///< how long a wait may overlook a stop
constexpr auto kReceiveStall = 1s;  ///< how long a message may stop in its middle before waiting
                                    ///< looks at its deadline again
constexpr const char* kReachCure =
    "check url, that the server runs, and that it can be reached from here";

timeval interval(std::chrono::milliseconds duration) {
    return {static_cast<time_t>(duration / 1s),
            static_cast<suseconds_t>(std::chrono::microseconds(duration % 1s).count())};
}

}  // namespace

std::string LdapResult::text() const {
    return fmt::format("{} ({}){}{}", ldap_err2string(code), code, message.empty() ? "" : ": ",
                       message);
}

LDAPControl* LdapResult::control(const char* oid) const {
    return controls ? ldap_control_find(oid, controls.get(), nullptr) : nullptr;
}

bool wants_tls(int code) {
    return code == LDAP_STRONG_AUTH_REQUIRED || code == LDAP_CONFIDENTIALITY_REQUIRED;
}

LdapConnection::LdapConnection(const LdapEndpoint& endpoint, const std::stop_token& stop)
    : system_(endpoint.system), url_(endpoint.url), timeout_(endpoint.timeout) {
    configure(endpoint);
    connect(endpoint);
    if (endpoint.start_tls) {
        start_tls(endpoint, stop);
    }
    bind(endpoint, stop);
}

void LdapConnection::configure(const LdapEndpoint& endpoint) {
    LDAP* handle = nullptr;
    const int code = ldap_initialize(&handle, url_.c_str());
    handle_.reset(handle);
    if (code != LDAP_SUCCESS) {
        fail("use its url", ldap_err2string(code), kReachCure);
    }
    bool done = true;
    const auto set = [&](int option, const void* value) {
        done = ldap_set_option(handle_.get(), option, value) == LDAP_OPT_SUCCESS && done;
    };
    const int version = LDAP_VERSION3;
    const int never = LDAP_DEREF_NEVER;
    const int demand = LDAP_OPT_X_TLS_DEMAND;
    const int client = 0;
    const timeval connecting = interval(std::min<std::chrono::seconds>(kConnectMost, timeout_));
    set(LDAP_OPT_PROTOCOL_VERSION, &version);
    set(LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    set(LDAP_OPT_DEREF, &never);
    set(LDAP_OPT_NETWORK_TIMEOUT, &connecting);
    if (!url_.starts_with("ldapi:")) {
        if (!endpoint.ca_file.empty() && ::access(endpoint.ca_file.c_str(), R_OK) != 0) {
            fail("read ca_file " + endpoint.ca_file, std::generic_category().message(errno),
                 "name a PEM file of certificate authorities that this process may read");
        }
        set(LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
        if (!endpoint.ca_file.empty()) {
            set(LDAP_OPT_X_TLS_CACERTFILE, endpoint.ca_file.c_str());
        }
        set(LDAP_OPT_X_TLS_NEWCTX, &client);
    }
    if (!done) {
        fail("prepare the connection",
             endpoint.ca_file.empty() ? trouble()
                                      : "ca_file " + endpoint.ca_file + " cannot be used",
             endpoint.ca_file.empty() ? kReachCure
                                      : "check that ca_file is a PEM file of certificates");
    }
}

void LdapConnection::connect(const LdapEndpoint& endpoint) {
    if (ldap_connect(handle_.get()) != LDAP_SUCCESS) {
        if (url_.starts_with("ldaps:")) {
            fail_tls(endpoint, "connect", kReachCure);
        }
        fail("connect", trouble(), kReachCure);
    }
    // A peer that stops in the middle of a message, or takes none, must not block for ever: the
    // library then returns, and the deadline of the wait decides.
    int socket = -1;
    const timeval receiving = interval(kReceiveStall);
    const timeval sending = interval(timeout_);
    if (ldap_get_option(handle_.get(), LDAP_OPT_DESC, &socket) != LDAP_OPT_SUCCESS ||
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &receiving, sizeof receiving) != 0 ||
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &sending, sizeof sending) != 0) {
        fail("bound its waits", "the socket refuses", kReachCure);
    }
}

void LdapConnection::start_tls(const LdapEndpoint& endpoint, const std::stop_token& stop) {
    int id = 0;
    const std::string cure = "check that the server offers StartTLS, and ca_file";
    if (ldap_start_tls(handle_.get(), nullptr, nullptr, &id) != LDAP_SUCCESS) {
        fail("start TLS", trouble(), cure);
    }
    expect_success(id, stop, "start TLS", cure);
    if (ldap_install_tls(handle_.get()) != LDAP_SUCCESS) {
        fail_tls(endpoint, "start TLS", cure);
    }
}

void LdapConnection::bind(const LdapEndpoint& endpoint, const std::stop_token& stop) {
    if (!endpoint.external && endpoint.bind_dn.empty()) {
        return;
    }
    std::string password = endpoint.password;
    berval credentials{password.size(), password.data()};
    berval nothing{0, password.data()};  // as opposed to no credentials, which asks for a challenge
    int id = 0;
    const int code =
        endpoint.external
            ? ldap_sasl_bind(handle_.get(), "", "EXTERNAL", &nothing, nullptr, nullptr, &id)
            : ldap_sasl_bind(handle_.get(), endpoint.bind_dn.c_str(), LDAP_SASL_SIMPLE,
                             &credentials, nullptr, nullptr, &id);
    const std::string doing =
        endpoint.external ? "bind by SASL EXTERNAL" : "bind as " + endpoint.bind_dn;
    if (code != LDAP_SUCCESS) {
        fail(doing, trouble(), kReachCure);
    }
    expect_success(id, stop, doing,
                   endpoint.external ? "check how the server maps the identity of this process"
                                     : "check bind_dn and password");
}

void LdapConnection::expect_success(int id, const std::stop_token& stop, const std::string& doing,
                                    const std::string& cure) {
    LdapSilence silence{};
    const auto message = wait(id, stop, silence);
    if (silence == LdapSilence::stopped) {
        throw Error(ErrorCode::cancelled, fmt::format("{}: stopped while connecting", system_));
    }
    if (!message) {
        // A server that expects TLS hangs up on anything else, or waits for it in silence.
        const bool plain = url_.starts_with("ldap:") && ldap_tls_inplace(handle_.get()) == 0;
        fail(doing, trouble(),
             plain
                 ? fmt::format("{}; where this port is for TLS, write ldaps:// in url", kReachCure)
                 : kReachCure);
    }
    if (const auto answer = result(message.get()); answer.code != LDAP_SUCCESS) {
        fail(doing, answer.text(), wants_tls(answer.code) ? kTlsCure : cure);
    }
}

LdapMessage LdapConnection::wait(int id, const std::stop_token& stop, LdapSilence& silence,
                                 std::optional<Clock::time_point> until) {
    const auto deadline = Clock::now() + timeout_;
    silence = LdapSilence::none;
    for (auto now = deadline - timeout_;; now = Clock::now()) {
        auto slice = std::min<Clock::duration>(deadline - now, kStopCheck);
        if (until) {
            slice = std::min(slice, *until - now);
        }
        timeval time = interval(
            std::chrono::ceil<std::chrono::milliseconds>(std::max(slice, Clock::duration::zero())));
        LDAPMessage* message = nullptr;
        const int kind = ldap_result(handle_.get(), id, LDAP_MSG_ONE, &time, &message);
        if (kind > 0) {
            return LdapMessage(message);
        }
        now = Clock::now();
        if (kind < 0 || now >= deadline) {
            silence = LdapSilence::broken;
        } else if (stop.stop_requested()) {
            silence = LdapSilence::stopped;
        } else if (until && now >= *until) {
            silence = LdapSilence::paused;
        }
        if (silence != LdapSilence::none) {
            return nullptr;
        }
    }
}

LdapResult LdapConnection::result(LDAPMessage* message) const {
    LdapResult out;
    char* text = nullptr;
    LDAPControl** controls = nullptr;
    const int parsed =
        ldap_parse_result(handle_.get(), message, &out.code, nullptr, &text, nullptr, &controls, 0);
    out.controls.reset(controls);
    if (text != nullptr) {
        out.message = text;
        ldap_memfree(text);
    }
    if (parsed != LDAP_SUCCESS) {
        out.code = parsed;
    }
    return out;
}

std::string LdapConnection::trouble() const {
    int code = LDAP_SUCCESS;
    char* text = nullptr;
    ldap_get_option(handle_.get(), LDAP_OPT_RESULT_CODE, &code);
    ldap_get_option(handle_.get(), LDAP_OPT_DIAGNOSTIC_MESSAGE, static_cast<void*>(&text));
    const std::string detail = text == nullptr ? "" : text;
    ldap_memfree(text);
    if (code == LDAP_SUCCESS || code == LDAP_TIMEOUT) {
        return fmt::format("no answer for {} seconds", timeout_.count());
    }
    return detail.empty() ? ldap_err2string(code)
                          : fmt::format("{}: {}", ldap_err2string(code), detail);
}

void LdapConnection::fail_tls(const LdapEndpoint& endpoint, const std::string& doing,
                              const std::string& cure) const {
    if (const auto known = tls_trouble(endpoint)) {
        fail(doing, known->why, known->cure);
    }
    fail(doing, trouble(), cure);
}

void LdapConnection::fail(const std::string& doing, const std::string& why,
                          const std::string& cure) const {
    throw Error(ErrorCode::connection,
                fmt::format("{}: cannot {} at {}: {}", system_, doing, url_, why), cure);
}

}  // namespace muster
