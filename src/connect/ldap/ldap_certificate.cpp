#include "connect/ldap/ldap_certificate.h"

#include <fmt/format.h>
#include <ldap.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <vector>

#include "connect/ldap/ldap_connection.h"

namespace muster {

namespace {

constexpr timeval kPatience = {5, 0};

struct OpensslFree {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using Certificate = std::unique_ptr<X509, OpensslFree>;
using Bio = std::unique_ptr<BIO, OpensslFree>;

struct Place {
    std::string scheme;
    std::string host;
    int port = 0;
};

std::optional<Place> place_of(const std::string& url) {
    LDAPURLDesc* parts = nullptr;
    if (ldap_url_parse(url.c_str(), &parts) != LDAP_URL_SUCCESS) {
        return std::nullopt;
    }
    const std::unique_ptr<LDAPURLDesc, decltype(&ldap_free_urldesc)> owner(parts,
                                                                           ldap_free_urldesc);
    return Place{parts->lud_scheme, parts->lud_host == nullptr ? "" : parts->lud_host,
                 parts->lud_port};
}

/// A handle that takes any certificate; null where it cannot be made.
LdapHandle trusting_handle(const std::string& url) {
    LDAP* made = nullptr;
    if (ldap_initialize(&made, url.c_str()) != LDAP_SUCCESS) {
        return nullptr;
    }
    LdapHandle handle(made);
    const int version = LDAP_VERSION3;
    const int never = LDAP_OPT_X_TLS_NEVER;
    const int client = 0;
    ldap_set_option(made, LDAP_OPT_PROTOCOL_VERSION, &version);
    ldap_set_option(made, LDAP_OPT_NETWORK_TIMEOUT, &kPatience);
    ldap_set_option(made, LDAP_OPT_TIMEOUT, &kPatience);
    ldap_set_option(made, LDAP_OPT_X_TLS_REQUIRE_CERT, &never);
    ldap_set_option(made, LDAP_OPT_X_TLS_NEWCTX, &client);
    return handle;
}

bool listens(const Place& place) {
    const bool ipv6 = place.host.find(':') != std::string::npos;
    const auto handle = trusting_handle(
        fmt::format("ldap://{}{}{}:{}", ipv6 ? "[" : "", place.host, ipv6 ? "]" : "", place.port));
    return handle && ldap_connect(handle.get()) == LDAP_SUCCESS;
}

Certificate certificate_of(const LdapEndpoint& endpoint) {
    const auto handle = trusting_handle(endpoint.url);
    if (!handle) {
        return nullptr;
    }
    const int code = endpoint.start_tls ? ldap_start_tls_s(handle.get(), nullptr, nullptr)
                                        : ldap_connect(handle.get());
    berval der{};
    if (code != LDAP_SUCCESS ||
        ldap_get_option(handle.get(), LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS ||
        der.bv_val == nullptr) {
        return nullptr;
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.bv_val);
    Certificate certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.bv_len)));
    ldap_memfree(der.bv_val);
    return certificate;
}

std::string content(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string{};
}

std::string text_of(const X509_NAME* name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
    return content(bio.get());
}

std::string text_of(const ASN1_TIME* time) {
    const Bio bio(BIO_new(BIO_s_mem()));
    ASN1_TIME_print_ex(bio.get(), time, ASN1_DTFLGS_ISO8601);
    return content(bio.get());
}

/// Whom a certificate is for: its alternative names, or its subject where it has none.
std::string holder(const X509* certificate) {
    const std::unique_ptr<GENERAL_NAMES, OpensslFree> names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::string out;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const Bio bio(BIO_new(BIO_s_mem()));
        GENERAL_NAME_print(bio.get(), sk_GENERAL_NAME_value(names.get(), i));
        out += (out.empty() ? "" : ", ") + content(bio.get());
    }
    return out.empty() ? text_of(X509_get_subject_name(certificate)) : out;
}

bool is_for(X509* certificate, const std::string& host) {
    return X509_check_host(certificate, host.c_str(), host.size(), 0, nullptr) == 1 ||
           X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
}

TlsTrouble flaw_of(X509* certificate, const LdapEndpoint& endpoint, const std::string& host) {
    const auto* until = X509_get0_notAfter(certificate);
    const auto* since = X509_get0_notBefore(certificate);
    if (X509_cmp_current_time(until) < 0) {
        return {fmt::format("its certificate has expired: it was good until {}", text_of(until)),
                "let the server have a new certificate, or set this machine's clock"};
    }
    if (X509_cmp_current_time(since) > 0) {
        return {fmt::format("its certificate is good only from {} on", text_of(since)),
                "set this machine's clock"};
    }
    if (!is_for(certificate, host)) {
        return {fmt::format("its certificate is for another name: for {}, not for {}",
                            holder(certificate), host),
                "write in url a host name that the certificate has"};
    }
    return {
        fmt::format("its certificate is by an authority that is not trusted here: {}",
                    text_of(X509_get_issuer_name(certificate))),
        endpoint.ca_file.empty()
            ? "name the PEM file of that authority's certificate: ca_file"
            : fmt::format("let ca_file ({}) hold that authority's certificate", endpoint.ca_file)};
}

}  // namespace

std::optional<TlsTrouble> tls_trouble(const LdapEndpoint& endpoint) {
    const auto place = place_of(endpoint.url);
    if (!place || !listens(*place)) {
        return std::nullopt;
    }
    if (const auto certificate = certificate_of(endpoint)) {
        return flaw_of(certificate.get(), endpoint, place->host);
    }
    if (endpoint.start_tls) {
        return std::nullopt;  // the server's refusal of StartTLS says it better
    }
    return TlsTrouble{"it answers, but not with TLS",
                      "where the server speaks plain LDAP at this port, write ldap:// with "
                      "start_tls: true"};
}

}  // namespace muster
