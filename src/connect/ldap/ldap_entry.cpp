#include "connect/ldap/ldap_entry.h"

#include "base/error.h"

namespace muster {

namespace {

[[noreturn]] void malformed() {
    throw Error(ErrorCode::data, "the directory sent an entry that cannot be decoded",
                "look into the directory server's log");
}

}  // namespace

LdapEntry::LdapEntry(LDAP* handle, LDAPMessage* message) : handle_(handle), message_(message) {
    berval dn{};
    if (ldap_get_dn_ber(handle_, message_, &rest_, &dn) != LDAP_SUCCESS) {
        ber_free(rest_, 0);
        malformed();
    }
    dn_ = text_of(dn);
}

LdapEntry::~LdapEntry() {
    ber_memfree(array_);
    ber_free(rest_, 0);
}

bool LdapEntry::next() {
    ber_memfree(array_);
    array_ = nullptr;
    berval description{};
    if (ldap_get_attribute_ber(handle_, message_, rest_, &description, &array_) != LDAP_SUCCESS) {
        malformed();
    }
    std::size_t count = 0;
    while (array_ != nullptr && array_[count].bv_val != nullptr) {
        ++count;
    }
    description_ = text_of(description);
    values_ = {array_, count};
    return description.bv_val != nullptr;
}

}  // namespace muster
