#pragma once

#include <ldap.h>

#include <span>
#include <string_view>

namespace muster {

inline std::string_view text_of(const berval& value) {
    return {value.bv_val, value.bv_len};
}

/// Walks through a search result entry, attribute by attribute, without copying. All views live as
/// long as the message. Throws Error(data) where the entry is malformed.
class LdapEntry {
 public:
    LdapEntry(LDAP* handle, LDAPMessage* message);
    ~LdapEntry();
    LdapEntry(const LdapEntry&) = delete;
    LdapEntry& operator=(const LdapEntry&) = delete;

    std::string_view dn() const { return dn_; }

    /// Goes to the next (at first: the first) attribute; false after the last.
    bool next();
    std::string_view description() const { return description_; }  ///< "member;range=0-1499"
    std::span<const berval> values() const { return values_; }

 private:
    LDAP* handle_;
    LDAPMessage* message_;
    BerElement* rest_ = nullptr;
    berval* array_ = nullptr;
    std::string_view dn_;
    std::string_view description_;
    std::span<const berval> values_;
};

}  // namespace muster
