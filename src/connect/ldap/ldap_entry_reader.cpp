#include <algorithm>

#include "base/dn.h"
#include "base/error.h"
#include "base/limits.h"
#include "connect/ldap/ldap_reader.h"
#include "connect/ldap/ldap_values.h"

namespace muster {

namespace {

constexpr std::string_view kBinaryOption = ";binary";

/// True where the server's description answers for the attribute asked for: the same, or with the
/// transfer option that some add on their own (RFC 4522).
bool answers_for(std::string_view description, std::string_view name) {
    if (same_attribute(description, name)) {
        return true;
    }
    return description.size() == name.size() + kBinaryOption.size() &&
           same_attribute(description.substr(0, name.size()), name) &&
           same_attribute(description.substr(name.size()), kBinaryOption);
}

}  // namespace

LdapEntryReader::LdapEntryReader(LdapConnection& connection, const LdapType& type, EntrySink& sink,
                                 std::stop_token stop)
    : connection_(connection), type_(type), sink_(sink), stop_(std::move(stop)) {}

LdapSearch LdapEntryReader::search(const std::string& base, int scope) const {
    LdapSearch search{base, scope, type_.filter, {type_.anchor_attribute}};
    for (const auto& attribute : type_.attributes) {
        if (std::ranges::none_of(search.attributes,
                                 [&](auto& a) { return same_attribute(a, attribute.name); })) {
            search.attributes.push_back(attribute.name);
        }
    }
    return search;
}

ReadProblem LdapEntryReader::problem(const char* code, std::string message) const {
    return {type_.id, anchor_, dn_, code, std::move(message), false};
}

void LdapEntryReader::set_anchor(std::string_view bytes) {
    std::string converted;
    std::string canonicalized;
    const auto text = from_ldap(type_.anchor_type, bytes, converted);
    const auto known = text ? canonical(type_.anchor_type, *text, canonicalized) : std::nullopt;
    anchor_ = known && known->size() <= limits::kAnchorBytes ? *known : std::string_view{};
}

void LdapEntryReader::add_value(const LdapAttribute& attribute, const berval& value) {
    const auto bytes = text_of(value);
    if (!attribute.placeholder.empty() && normalize_dn(bytes) == attribute.normalized_placeholder) {
        return;
    }
    if (buffers_used_ == buffers_.size()) {
        buffers_.emplace_back();
    }
    auto& buffer = buffers_[buffers_used_];
    const auto text = from_ldap(attribute.type, bytes, buffer);
    if (!text) {
        flaws_.push_back({attribute.id, "not-utf8",
                          "a value is not well-formed UTF-8; declare the attribute as binary"});
        return;
    }
    buffers_used_ += text->data() == buffer.data() ? 1 : 0;
    values_.push_back({attribute.id, *text});
}

std::optional<std::uint64_t> LdapEntryReader::collect_values(std::string_view description,
                                                             std::span<const berval> values) {
    const auto range = parse_range(description);
    const auto name = range ? range->attribute : description;
    if (!values.empty() && answers_for(name, type_.anchor_attribute)) {
        set_anchor(text_of(values[0]));
    }
    for (const auto& attribute : type_.attributes) {
        if (answers_for(name, attribute.name)) {
            for (const auto& value : values) {
                add_value(attribute, value);
            }
        }
    }
    return range ? range->next : std::nullopt;
}

std::optional<std::uint64_t> LdapEntryReader::collect_part(std::string_view attribute,
                                                           std::uint64_t from) {
    const LdapSearch search{
        dn_, LDAP_SCOPE_BASE, "(objectClass=*)", {fmt::format("{};range={}-*", attribute, from)}};
    std::optional<std::uint64_t> next;
    bool came = false;
    const auto end = single_search(connection_, search, stop_, [&](LdapMessage message) {
        parts_.push_back(std::move(message));
        LdapEntry entry(connection_.handle(), parts_.back().get());
        while (entry.next()) {
            // A part that starts elsewhere than asked for would repeat values for ever.
            const auto part = parse_range(entry.description());
            if (part && (!part->next || *part->next > from)) {
                came = true;
                next = collect_values(entry.description(), entry.values());
            }
        }
    });
    if (!came || !end.complete) {
        part_lost_ = fmt::format("the values of {} from {} on did not come", attribute, from);
        return std::nullopt;
    }
    return next;
}

void LdapEntryReader::collect(LDAPMessage* message) {
    anchor_.clear();
    values_.clear();
    flaws_.clear();
    part_lost_.clear();
    parts_.clear();
    buffers_used_ = 0;
    LdapEntry entry(connection_.handle(), message);
    dn_ = entry.dn();
    while (entry.next()) {
        auto next = collect_values(entry.description(), entry.values());
        while (next) {
            next = collect_part(parse_range(entry.description())->attribute, *next);
        }
    }
}

EntryFate LdapEntryReader::hand_over() {
    if (anchor_.empty()) {
        sink_.problem(problem("no-anchor", fmt::format("the entry shows no usable {}; {}",
                                                       type_.anchor_attribute, type_.anchor_cure)));
        return EntryFate::nameless;
    }
    if (!part_lost_.empty() || dn_.size() > limits::kNameBytes) {
        sink_.problem(part_lost_.empty() ? problem("long-name", "the DN is too long")
                                         : problem("values-missing", part_lost_));
        return EntryFate::flawed;
    }
    sink_.entry({type_.id, anchor_, dn_, values_, dn_, flaws_});
    return EntryFate::given;
}

EntryFate LdapEntryReader::take(LDAPMessage* message) {
    collect(message);
    return hand_over();
}

bool LdapEntryReader::take_if(LDAPMessage* message, std::string_view anchor) {
    collect(message);
    if (anchor_ != anchor) {
        return false;
    }
    hand_over();
    return true;
}

}  // namespace muster
