#include "raw_ldap.h"

#include <ldap.h>

#include <chrono>
#include <memory>
#include <stdexcept>

namespace muster::bench {

namespace {

struct Unbind {
    void operator()(LDAP* handle) const { ldap_unbind_ext(handle, nullptr, nullptr); }
};
using Handle = std::unique_ptr<LDAP, Unbind>;

struct FreeControl {
    void operator()(LDAPControl* control) const { ldap_control_free(control); }
};
using Control = std::unique_ptr<LDAPControl, FreeControl>;

void require(int code, const std::string& doing) {
    if (code != LDAP_SUCCESS) {
        throw std::runtime_error(doing + ": " + ldap_err2string(code));
    }
}

Handle connect(const RawTarget& target) {
    LDAP* raw = nullptr;
    require(ldap_initialize(&raw, target.url.c_str()), "use " + target.url);
    Handle handle(raw);
    const int version = LDAP_VERSION3;
    ldap_set_option(handle.get(), LDAP_OPT_PROTOCOL_VERSION, &version);
    std::string password = target.password;
    berval credentials{password.size(), password.data()};
    require(ldap_sasl_bind_s(handle.get(), target.bind_dn.c_str(), LDAP_SASL_SIMPLE, &credentials,
                             nullptr, nullptr, nullptr),
            "bind as " + target.bind_dn);
    return handle;
}

/// The value is { "entryUUID" } in BER.
Control post_read_control() {
    std::string value =
        "\x30\x0b\x04\x09"
        "entryUUID";
    berval bytes{value.size(), value.data()};
    LDAPControl* control = nullptr;
    require(ldap_control_create(LDAP_CONTROL_POST_READ, 0, &bytes, 1, &control), "make a control");
    return Control(control);
}

void send(LDAP* handle, const RawEntry& entry, LDAPControl* control) {
    std::vector<std::vector<char*>> values;
    std::vector<LDAPMod> mods;
    std::vector<LDAPMod*> list;
    values.reserve(entry.attributes.size());
    mods.reserve(entry.attributes.size());
    for (const auto& [name, texts] : entry.attributes) {
        auto& pointers = values.emplace_back();
        for (const auto& text : texts) {
            pointers.push_back(const_cast<char*>(text.c_str()));
        }
        pointers.push_back(nullptr);
        auto& mod = mods.emplace_back();
        mod.mod_op = LDAP_MOD_ADD;
        mod.mod_type = const_cast<char*>(name.c_str());
        mod.mod_values = pointers.data();
        list.push_back(&mod);
    }
    list.push_back(nullptr);
    LDAPControl* controls[] = {control, nullptr};
    int id = 0;
    require(ldap_add_ext(handle, entry.dn.c_str(), list.data(), controls, nullptr, &id),
            "send " + entry.dn);
}

void receive(LDAP* handle) {
    LDAPMessage* message = nullptr;
    if (ldap_result(handle, LDAP_RES_ANY, LDAP_MSG_ONE, nullptr, &message) <= 0) {
        throw std::runtime_error("the connection broke");
    }
    int code = LDAP_OTHER;
    require(ldap_parse_result(handle, message, &code, nullptr, nullptr, nullptr, nullptr, 1),
            "read an answer");
    require(code, "add");
}

}  // namespace

double raw_ldap_add(const RawTarget& target, std::span<const RawEntry> entries,
                    std::size_t window) {
    const auto handle = connect(target);
    const auto control = target.post_read ? post_read_control() : nullptr;
    const auto start = std::chrono::steady_clock::now();
    std::size_t in_flight = 0;
    for (const auto& entry : entries) {
        if (in_flight == window) {
            receive(handle.get());
            --in_flight;
        }
        send(handle.get(), entry, control.get());
        ++in_flight;
    }
    for (; in_flight > 0; --in_flight) {
        receive(handle.get());
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace muster::bench
