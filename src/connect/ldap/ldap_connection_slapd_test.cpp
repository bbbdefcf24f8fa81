#include <gmock/gmock.h>

#include "base/error.h"
#include "connect/ldap/ldap_testing.h"
#include "support/certificates.h"

namespace muster::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Opens a connection with these settings and reads; returns what went wrong.
std::string trouble(const MiniSlapd& slapd, const std::string& settings) {
    SystemBuilder builder(slapd.folder().path(), "ldap", settings);
    const auto type =
        builder.type("any", R"({"object_class": "domain", "bases": ["dc=test,dc=example"]})",
                     {{"dc", Type::text, false}}, {});
    Collector seen(builder.schema());
    try {
        make_ldap_connector(builder.finish(), builder.system())->read({{type}, {}, {}, {}}, seen);
    } catch (const Error& error) {
        EXPECT_FALSE(error.cure().empty());
        return fmt::format("{}; {}", error.what(), error.cure());
    }
    return seen.entries.size() == 1 ? "" : "nothing read";
}

std::string json(const std::vector<std::pair<std::string, std::string>>& settings) {
    std::string out;
    for (const auto& [name, value] : settings) {
        out += (out.empty() ? "{" : ", ") + ("\"" + name + "\": ");
        out += value == "true" ? value : "\"" + value + "\"";
    }
    return out + "}";
}

class LdapConnect : public ::testing::Test {
 protected:
    static void SetUpTestSuite() {
        slapd = std::make_unique<MiniSlapd>(MiniSlapd::Options{.tls = true});
    }
    static void TearDownTestSuite() { slapd.reset(); }

    static std::string bound(std::vector<std::pair<std::string, std::string>> settings) {
        settings.emplace_back("bind_dn", slapd->bind_dn());
        settings.emplace_back("password", slapd->password());
        return json(settings);
    }

    static std::unique_ptr<MiniSlapd> slapd;
};
std::unique_ptr<MiniSlapd> LdapConnect::slapd;

TEST_F(LdapConnect, BindsWithAPassword) {
    EXPECT_EQ(trouble(*slapd, bound({{"url", slapd->url()}})), "");
    const auto refused = trouble(*slapd, json({{"url", slapd->url()},
                                               {"bind_dn", slapd->bind_dn()},
                                               {"password", "not-the-password"}}));
    EXPECT_THAT(refused, AllOf(HasSubstr("cannot bind as cn=admin"), HasSubstr("(49)"),
                               Not(HasSubstr("not-the-password"))));
}

TEST_F(LdapConnect, BindsBySaslExternal) {
    EXPECT_EQ(trouble(*slapd, json({{"url", slapd->ldapi_url()}, {"sasl", "external"}})), "");
}

TEST_F(LdapConnect, TrustsTheRightAuthorityOnly) {
    for (const auto& [url, start] : {std::pair{slapd->ldaps_url(), false}, {slapd->url(), true}}) {
        std::vector<std::pair<std::string, std::string>> settings = {{"url", url}};
        if (start) {
            settings.emplace_back("start_tls", "true");
        }
        EXPECT_THAT(trouble(*slapd, bound(settings)),
                    AllOf(HasSubstr("an authority that is not trusted here: CN=ca"),
                          HasSubstr("name the PEM file")))
            << "system's authorities";
        settings.emplace_back("ca_file", slapd->other_ca_file());
        EXPECT_THAT(trouble(*slapd, bound(settings)),
                    AllOf(HasSubstr("an authority that is not trusted here: CN=ca"),
                          HasSubstr("let ca_file (" + slapd->other_ca_file())))
            << "another authority";
        settings.back().second = slapd->ca_file();
        EXPECT_EQ(trouble(*slapd, bound(settings)), "") << url;
        settings.back().second = slapd->folder().file("no-such-file.pem");
        EXPECT_THAT(trouble(*slapd, bound(settings)), HasSubstr("cannot read ca_file"))
            << "no file";
    }
}

TEST_F(LdapConnect, ChecksWhoseCertificateItIs) {
    EXPECT_THAT(trouble(*slapd, bound({{"url", slapd->misnamed_ldaps_url()},
                                       {"ca_file", slapd->ca_file()}})),
                HasSubstr("for IP Address:127.0.0.1, not for 127.0.0.2"));
}

TEST_F(LdapConnect, SaysThatACertificateHasExpired) {
    const TempFolder folder;
    make_certificates(folder, "127.0.0.1");
    make_certificate(folder, "old", "IP:127.0.0.1", -1);
    MiniSlapd::Options options;
    options.global = fmt::format(
        "TLSCACertificateFile {0}/ca.pem\nTLSCertificateFile {0}/old.pem\n"
        "TLSCertificateKeyFile {0}/old.key",
        folder.path());
    const MiniSlapd server(options);
    EXPECT_THAT(trouble(server, json({{"url", server.url()},
                                      {"start_tls", "true"},
                                      {"ca_file", folder.file("ca.pem")}})),
                AllOf(HasSubstr("cannot start TLS"), HasSubstr("has expired")));
}

TEST_F(LdapConnect, SaysThatAServerWantsTls) {
    MiniSlapd::Options options;
    options.tls = true;
    options.global = "security simple_bind=128";
    const MiniSlapd server(options);
    EXPECT_THAT(trouble(server, json({{"url", server.url()},
                                      {"bind_dn", server.bind_dn()},
                                      {"password", server.password()}})),
                AllOf(HasSubstr("(13)"), HasSubstr("start_tls: true"), HasSubstr("ldaps://")));
}

TEST_F(LdapConnect, SaysThatAPortIsOfTheOtherKind) {
    const auto port = [](const std::string& url) { return url.substr(url.rfind(':')); };
    EXPECT_THAT(trouble(*slapd, bound({{"url", "ldaps://127.0.0.1" + port(slapd->url())},
                                       {"ca_file", slapd->ca_file()}})),
                AllOf(HasSubstr("not with TLS"), HasSubstr("start_tls: true")));
    EXPECT_THAT(trouble(*slapd, bound({{"url", "ldap://127.0.0.1" + port(slapd->ldaps_url())},
                                       {"timeout_seconds", "2"}})),
                HasSubstr("write ldaps://"));
}

TEST_F(LdapConnect, SaysThatNobodyAnswers) {
    EXPECT_THAT(trouble(*slapd, json({{"url", "ldap://127.0.0.1:1"}})),
                AllOf(HasSubstr("cannot connect at ldap://127.0.0.1:1"), HasSubstr("contact")));
}

TEST_F(LdapConnect, RefusesSettingsThatCannotBeMeant) {
    const auto url = slapd->url();
    EXPECT_THAT(trouble(*slapd, json({{"url", "http://here"}})), HasSubstr("no LDAP URL"));
    EXPECT_THAT(trouble(*slapd, json({{"url", url}, {"bind_dn", "cn=x"}})),
                HasSubstr("go together"));
    EXPECT_THAT(trouble(*slapd, json({{"url", url}, {"page_size", "0"}})),
                HasSubstr("page_size is out of bounds"));
    EXPECT_THAT(trouble(*slapd, json({{"url", slapd->ldaps_url()}, {"start_tls", "true"}})),
                HasSubstr("start_tls is for ldap://"));
    EXPECT_THAT(trouble(*slapd, bound({{"url", url}, {"sasl", "external"}})),
                HasSubstr("exclude each other"));
}

}  // namespace
}  // namespace muster::testing
