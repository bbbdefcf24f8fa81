#include "support/mini_slapd.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <vector>

#include "support/certificates.h"
#include "support/command.h"
#include "support/loopback.h"

namespace muster::testing {

namespace {

std::string url_escaped(std::string_view path) {
    std::string out;
    for (const char c : path) {
        out += c == '/' ? "%2F" : std::string(1, c);
    }
    return out;
}

/// One LDIF entry with its lines (below the dn) in order, the operational ones left out on demand.
std::string sorted_entry(std::string_view text, bool operational) {
    static const std::set<std::string, std::less<>> kOperational = {
        "structuralObjectClass", "entryUUID",       "creatorsName", "createTimestamp", "entryCSN",
        "modifiersName",         "modifyTimestamp", "contextCSN"};
    std::vector<std::string> lines;
    std::string dn;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with("dn:")) {
            dn = line;
        } else if (operational || !kOperational.contains(line.substr(0, line.find(':')))) {
            lines.emplace_back(line);
        }
    }
    std::ranges::sort(lines);
    for (const auto& line : lines) {
        dn += "\n" + line;
    }
    return dn + "\n";
}

}  // namespace

MiniSlapd::MiniSlapd(Options options) : options_(std::move(options)) {
    if (options_.tls) {
        make_certificates(folder_, "127.0.0.1");
    }
    port_ = free_port();
    tls_port_ = free_port();
    std::filesystem::create_directory(folder_.file("db"));
    write_configuration();
    if (options_.suffix_entry) {
        const auto& suffix = options_.suffix;
        const auto equals = suffix.find('=');
        const auto type = suffix.substr(0, equals);
        const auto value = suffix.substr(equals + 1, suffix.find(',') - equals - 1);
        const std::string classes = type == "dc"  ? "objectClass: domain"
                                    : type == "o" ? "objectClass: organization"
                                                  : "objectClass: organizationalUnit";
        add("dn: " + suffix + "\n" + classes + "\n" + type + ": " + value + "\n");
    }
    start();
}

std::string MiniSlapd::url() const {
    return "ldap://127.0.0.1:" + std::to_string(port_);
}

std::string MiniSlapd::ldaps_url() const {
    return "ldaps://127.0.0.1:" + std::to_string(tls_port_);
}

std::string MiniSlapd::misnamed_ldaps_url() const {
    return "ldaps://127.0.0.2:" + std::to_string(tls_port_);
}

std::string MiniSlapd::ldapi_url() const {
    return "ldapi://" + url_escaped(folder_.file("ldapi"));
}

void MiniSlapd::write_configuration() const {
    std::string text;
    for (const char* schema : {"core", "cosine", "inetorgperson"}) {
        text += std::string("include /etc/ldap/schema/") + schema + ".schema\n";
    }
    text += "modulepath /usr/lib/ldap\nmoduleload back_mdb\n";
    // Its default is lines to syslog for every operation, at a fifth of the whole cost.
    text += "loglevel 0\n";
    // Without it a group of many members is searched from end to end at every change.
    text += "sortvals member\n";
    text += "authz-regexp \"gidNumber=" + std::to_string(getgid()) +
            "\\+uidNumber=" + std::to_string(getuid()) + ",cn=peercred,cn=external,cn=auth\" \"" +
            bind_dn() + "\"\n";
    if (options_.tls) {
        text += "TLSCACertificateFile " + ca_file() + "\nTLSCertificateFile " +
                folder_.file("server.pem") + "\nTLSCertificateKeyFile " +
                folder_.file("server.key") + "\n";
    }
    text += options_.global + "\ndatabase mdb\nsuffix \"" + options_.suffix + "\"\nrootdn \"" +
            bind_dn() + "\"\nrootpw " + password() + "\ndirectory " + folder_.file("db") +
            "\nmaxsize 4294967296\nindex objectClass,entryUUID eq\n";
    if (!options_.durable) {
        text += "dbnosync\n";
    }
    folder_.write("slapd.conf", text + options_.database + "\n");
}

void MiniSlapd::start() {
    std::string urls = url() + " " + ldapi_url();
    if (options_.tls) {
        urls += " " + ldaps_url() + " " + misnamed_ldaps_url();
    }
    process_.start({"/usr/sbin/slapd", "-d", "0", "-h", urls, "-f", folder_.file("slapd.conf")},
                   folder_.file("slapd.log"), [&] { return listens(loopback(port_)); });
}

void MiniSlapd::add(std::string_view ldif) const {
    if (running()) {
        must_run({"ldapadd", "-x", "-H", url(), "-D", bind_dn(), "-w", password()}, ldif);
    } else {
        must_run({"/usr/sbin/slapadd", "-q", "-f", folder_.file("slapd.conf")}, ldif);
    }
}

void MiniSlapd::modify(std::string_view ldif) const {
    must_run({"ldapmodify", "-x", "-H", url(), "-D", bind_dn(), "-w", password()}, ldif);
}

std::string MiniSlapd::dump(bool operational) const {
    const auto text =
        must_run({"/usr/sbin/slapcat", "-o", "ldif-wrap=no", "-f", folder_.file("slapd.conf")});
    std::vector<std::string> entries;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto end = std::min(text.find("\n\n", at), text.size());
        entries.push_back(sorted_entry(std::string_view(text).substr(at, end - at), operational));
        at = end + 2;
    }
    std::ranges::sort(entries);
    std::string out;
    for (const auto& entry : entries) {
        out += entry + "\n";
    }
    return out;
}

std::string MiniSlapd::dump_below(std::string_view base) const {
    const auto all = dump();
    std::string out;
    std::size_t at = 0;
    while (at < all.size()) {
        const auto end = all.find("\n\n", at) + 2;
        const auto entry = std::string_view(all).substr(at, end - at);
        if (entry.substr(0, entry.find('\n')).ends_with(base)) {
            out += entry;
        }
        at = end;
    }
    return out;
}

}  // namespace muster::testing
