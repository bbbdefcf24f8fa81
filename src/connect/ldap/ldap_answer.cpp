#include "connect/ldap/ldap_answer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "connect/ldap/ldap_entry.h"
#include "connect/ldap/ldap_values.h"
#include "model/value.h"

namespace muster {

namespace {

struct BerFree {
    void operator()(BerElement* element) const { ber_free(element, 1); }
};
using Ber = std::unique_ptr<BerElement, BerFree>;

std::string_view cure(const LdapRequest& request, int code) {
    switch (code) {
        case LDAP_ALREADY_EXISTS:
            return request.kind == LdapRequest::Kind::add
                       ? "let it have another name; an entry that a matching rule fits is taken "
                         "over when the directory is imported"
                   : request.kind == LdapRequest::Kind::rename ? "another entry has the new name"
                                                               : "";
        case LDAP_NO_SUCH_OBJECT:
            return request.kind == LdapRequest::Kind::add
                       ? "its parent is missing: create it, or set create_parents"
                       : "the entry was moved or deleted: import the directory";
        case LDAP_INSUFFICIENT_ACCESS:
            return "let this bind write what it was sent";
        case LDAP_NOT_ALLOWED_ON_RDN:
            return "the name is made of this value: change the name, which takes it along";
        case LDAP_NOT_ALLOWED_ON_NONLEAF:
            return "there are entries below it";
        case LDAP_OBJECT_CLASS_VIOLATION:
            return "the object classes of the entry demand or forbid an attribute";
        case LDAP_STRONG_AUTH_REQUIRED:
        case LDAP_CONFIDENTIALITY_REQUIRED:
            return kTlsCure;
        case LDAP_UNDEFINED_TYPE:
            return "the directory's schema has no such attribute";
        default:
            return {};
    }
}

std::string_view verb(LdapRequest::Kind kind) {
    switch (kind) {
        case LdapRequest::Kind::add:
            return "add";
        case LdapRequest::Kind::modify:
            return "modify";
        case LdapRequest::Kind::rename:
            return "rename";
        case LdapRequest::Kind::look:
            return "look at";
        case LdapRequest::Kind::erase:
            break;
    }
    return "delete";
}

std::string canonical_anchor(const LdapType& type, std::string_view bytes) {
    std::string converted;
    std::string buffer;
    const auto text = from_ldap(type.anchor_type, bytes, converted);
    const auto anchor = text ? canonical(type.anchor_type, *text, buffer) : std::nullopt;
    return anchor ? std::string(*anchor) : std::string();
}

constexpr std::size_t kValueShown = 100;  ///< bytes of a value in a message

/// Whether the text has the name of an attribute as a word of its own.
bool names_attribute(std::string_view text, std::string_view attribute) {
    const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    for (std::size_t at = 0; at + attribute.size() <= text.size(); ++at) {
        const auto end = at + attribute.size();
        if (same_attribute(text.substr(at, attribute.size()), attribute) &&
            (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) {
            return true;
        }
    }
    return false;
}

/// What a request was about: the attributes that the server's words name, or all that were sent. A
/// value that stands alone is shown, too.
std::string sent_by(const LdapRequest& request, const LdapResult& result) {
    std::vector<std::string_view> sent;
    std::vector<std::string_view> named;
    for (const auto& mod : request.mods) {
        if (std::ranges::count(sent, mod.attribute) == 0) {
            sent.push_back(mod.attribute);
            if (names_attribute(result.message, mod.attribute)) {
                named.push_back(mod.attribute);
            }
        }
    }
    auto text = fmt::format("{}", fmt::join(named.empty() ? sent : named, ", "));
    if (request.kind == LdapRequest::Kind::modify && request.mods.size() == 1 &&
        request.mods[0].values.size() == 1) {
        const auto& value = request.mods[0].values[0];
        if (!is_password(request.mods[0].attribute) && value.size() <= kValueShown &&
            valid_utf8(value)) {
            text += fmt::format(" '{}'", value);
        }
    }
    return text;
}

}  // namespace

LdapControl post_read_control(std::string_view attribute) {
    std::string name(attribute);
    const Ber ber(ber_alloc_t(LBER_USE_DER));
    berval value{};
    LDAPControl* control = nullptr;
    const bool made =
        ber && ber_printf(ber.get(), "{s}", name.c_str()) >= 0 &&
        ber_flatten2(ber.get(), &value, 0) >= 0 &&
        ldap_control_create(LDAP_CONTROL_POST_READ, 0, &value, 1, &control) == LDAP_SUCCESS;
    MUSTER_ASSERT(made, "{}", attribute);
    return LdapControl(control);
}

LdapControl permissive_modify_control() {
    LDAPControl* control = nullptr;
    const bool made = ldap_control_create(LDAP_CONTROL_X_PERMISSIVE_MODIFY, 0, nullptr, 0,
                                          &control) == LDAP_SUCCESS;
    MUSTER_ASSERT(made);
    return LdapControl(control);
}

std::string post_read_anchor(const LdapType& type, const LdapResult& result) {
    auto* control = result.control(LDAP_CONTROL_POST_READ);
    if (control == nullptr) {
        return {};
    }
    // A SearchResultEntry: { dn { { attribute [ value… ] } … } }
    const Ber ber(ber_init(&control->ldctl_value));
    berval dn{};
    berval attribute{};
    if (!ber || ber_scanf(ber.get(), "{m{", &dn) == LBER_ERROR) {
        return {};
    }
    while (ber_scanf(ber.get(), "{m", &attribute) != LBER_ERROR) {
        BerVarray values = nullptr;
        if (ber_scanf(ber.get(), "[W]", &values) == LBER_ERROR || values == nullptr) {
            return {};
        }
        const std::unique_ptr<berval, decltype(&ber_bvarray_free)> owner(values, ber_bvarray_free);
        if (same_attribute(text_of(attribute), type.anchor_attribute)) {
            return canonical_anchor(type, text_of(values[0]));
        }
        if (ber_scanf(ber.get(), "}") == LBER_ERROR) {
            return {};
        }
    }
    return {};
}

std::string entry_anchor(const LdapConnection& connection, const LdapType& type,
                         LDAPMessage* message) {
    LdapEntry entry(connection.handle(), message);
    while (entry.next()) {
        if (same_attribute(entry.description(), type.anchor_attribute) && !entry.values().empty()) {
            return canonical_anchor(type, text_of(entry.values()[0]));
        }
    }
    return {};
}

std::string refusal_message(const LdapRequest& request, const LdapResult& result) {
    const auto what = cure(request, result.code);
    const auto sent = sent_by(request, result);
    return fmt::format("cannot {} {}{}{}: {}{}{}", verb(request.kind), request.dn,
                       sent.empty() ? "" : ", sent ", sent, result.text(), what.empty() ? "" : "; ",
                       what);
}

}  // namespace muster
