#include "support/ldap_admin.h"

#include <algorithm>
#include <stdexcept>

#include "support/command.h"
#include "support/repository.h"

namespace muster::testing {

namespace {

constexpr int kNoSuchObject = 32;

std::string decoded(const std::string& base64) {
    auto text = must_run({"base64", "-d"}, base64);
    return text;
}

/// What stands in ldapsearch's answer behind this name.
std::vector<std::string> values_of(const std::string& answer, const std::string& name) {
    std::vector<std::string> out;
    const auto plain = name + ": ";
    const auto coded = name + ":: ";
    for (const auto& line : lines(answer)) {
        if (line.starts_with(plain)) {
            out.push_back(line.substr(plain.size()));
        } else if (line.starts_with(coded)) {
            out.push_back(decoded(line.substr(coded.size())));
        }
    }
    std::ranges::sort(out);
    return out;
}

}  // namespace

std::vector<std::string> LdapAdmin::command(const std::string& tool) const {
    return {tool, "-x", "-H", url, "-D", bind_dn, "-w", password};
}

std::vector<std::string> LdapAdmin::environment() const {
    return ca_file.empty() ? std::vector<std::string>{}
                           : std::vector<std::string>{"LDAPTLS_CACERT=" + ca_file};
}

void LdapAdmin::modify(std::string_view ldif) const {
    auto arguments = command("ldapmodify");
    arguments.emplace_back("-a");
    const auto result = run_command(arguments, ldif, environment());
    if (result.exit_code != 0) {
        throw std::runtime_error("ldapmodify: " + result.err + result.out);
    }
}

std::string LdapAdmin::search(const std::string& base, const std::string& scope,
                              const std::string& filter, const std::string& attribute,
                              bool must) const {
    auto arguments = command("ldapsearch");
    for (const auto& word :
         {std::string("-LLL"), std::string("-o"), std::string("ldif-wrap=no"), std::string("-b"),
          base, std::string("-s"), scope, filter, attribute}) {
        arguments.push_back(word);
    }
    auto result = run_command(arguments, {}, environment());
    if (must && result.exit_code != 0 && result.exit_code != kNoSuchObject) {
        throw std::runtime_error("ldapsearch: " + result.err);
    }
    return std::move(result.out);
}

std::vector<std::string> LdapAdmin::values(const std::string& dn,
                                           const std::string& attribute) const {
    return values_of(search(dn, "base", "(objectClass=*)", attribute, true), attribute);
}

std::string LdapAdmin::value(const std::string& dn, const std::string& attribute) const {
    std::string out;
    for (const auto& value : values(dn, attribute)) {
        out += (out.empty() ? "" : "|") + value;
    }
    return out;
}

bool LdapAdmin::exists(const std::string& dn) const {
    return !values_of(search(dn, "base", "(objectClass=*)", "1.1", true), "dn").empty();
}

std::vector<std::string> LdapAdmin::find(const std::string& base, const std::string& filter) const {
    return values_of(search(base, "sub", filter, "1.1", true), "dn");
}

bool LdapAdmin::answers() const {
    auto arguments = command("ldapsearch");
    for (const char* word : {"-b", "", "-s", "base", "1.1"}) {
        arguments.emplace_back(word);
    }
    return run_command(arguments, {}, environment()).exit_code == 0;
}

}  // namespace muster::testing
