#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::testing {

/// Somebody else who may do everything in a directory: a test's own hands there. Works by the tools
/// of OpenLDAP, so that what Muster does is checked by other code than Muster's.
struct LdapAdmin {
    std::string url;
    std::string bind_dn;
    std::string password;
    std::string ca_file;  ///< may be empty

    /// Applies LDIF change records; entries without a changetype are added. Throws
    /// std::runtime_error with the server's words.
    void modify(std::string_view ldif) const;
    /// The values of an attribute, in order of their bytes; none where there is no such entry.
    std::vector<std::string> values(const std::string& dn, const std::string& attribute) const;
    /// The one value, or all of them joined by '|'.
    std::string value(const std::string& dn, const std::string& attribute) const;
    bool exists(const std::string& dn) const;
    /// The DNs that a filter finds below a base, in order of their bytes.
    std::vector<std::string> find(const std::string& base, const std::string& filter) const;
    /// True where it answers a bind.
    bool answers() const;

 private:
    std::string search(const std::string& base, const std::string& scope, const std::string& filter,
                       const std::string& attribute, bool must) const;
    std::vector<std::string> command(const std::string& tool) const;
    std::vector<std::string> environment() const;
};

}  // namespace muster::testing
