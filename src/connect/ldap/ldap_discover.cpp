#include "connect/ldap/ldap_discover.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <optional>
#include <set>

#include "base/dn.h"
#include "base/error.h"
#include "base/text.h"
#include "connect/ldap/ldap_entry.h"
#include "connect/ldap/ldap_search.h"

namespace muster {

namespace {

constexpr std::uint64_t kEntriesLooked = 20'000;  ///< in each naming context
constexpr std::size_t kReferencesLooked = 200;    ///< values of one attribute of a type

/// What was seen of the entries of one type.
struct Seen {
    std::set<std::string> classes;  ///< auxiliary ones included
    std::uint64_t objects = 0;
    std::optional<Dn> base;  ///< below which all of them are
    /// Values of the attributes in use: only of those that may be references, and no more than a
    /// sample.
    std::map<std::string, std::set<std::string>> attributes;
};

/// What was seen of a directory, by the structural class of entries.
struct Census {
    std::map<std::string, Seen> types;
    boost::unordered_flat_map<std::string, std::string> type_of;  ///< by normalised DN
    bool complete = true;
};

/// The components that two names have in common, from the root on.
Dn common_ancestor(const Dn& a, const Dn& b) {
    std::size_t same = 0;
    while (same < a.size() && same < b.size() &&
           normalize_dn(format_dn({a[a.size() - 1 - same]})) ==
               normalize_dn(format_dn({b[b.size() - 1 - same]}))) {
        ++same;
    }
    return {a.end() - static_cast<std::ptrdiff_t>(same), a.end()};
}

/// One entry, with its attributes under the names of the schema.
struct SeenEntry {
    std::string dn;
    std::set<std::string> classes;
    std::map<std::string, std::vector<std::string>> attributes;
};

SeenEntry look_at(LdapConnection& connection, const LdapDirectorySchema& schema,
                  LDAPMessage* message) {
    SeenEntry out;
    LdapEntry entry(connection.handle(), message);
    out.dn = entry.dn();
    while (entry.next()) {
        const auto description = entry.description();
        const auto name = schema.canonical(description.substr(0, description.find(';')));
        if (same_attribute(name, "objectClass")) {
            for (const auto& value : entry.values()) {
                out.classes.emplace(text_of(value));
            }
            continue;
        }
        auto& values = out.attributes[name];
        for (const auto& value : entry.values()) {
            if (!schema.refers(name) || values.size() >= kReferencesLooked) {
                break;
            }
            values.emplace_back(text_of(value));
        }
    }
    return out;
}

/// Adds an entry of a naming context.
void count(const LdapDirectorySchema& schema, const std::string& context, SeenEntry&& entry,
           Census& census) {
    const auto type = schema.most_derived(entry.classes);
    auto dn = parse_dn(entry.dn);
    if (type.empty() || !dn || dn->empty()) {
        return;
    }
    census.type_of.emplace(normalize_dn(entry.dn), type);
    auto& seen = census.types[type];
    ++seen.objects;
    seen.classes.merge(entry.classes);
    if (normalize_dn(entry.dn) != normalize_dn(context)) {
        dn->erase(dn->begin());
    }
    // One base must do: where a type is in several naming contexts, that of the first.
    if (!seen.base) {
        seen.base = std::move(*dn);
    } else if (dn_is_within(format_dn(*seen.base), context)) {
        seen.base = common_ancestor(*seen.base, *dn);
    }
    for (auto& [name, values] : entry.attributes) {
        auto& known = seen.attributes[name];
        for (auto& value : values) {
            if (known.size() < kReferencesLooked) {
                known.insert(std::move(value));
            }
        }
    }
}

Census take_census(LdapConnection& connection, const LdapSettings& settings,
                   const LdapServer& server) {
    Census census;
    std::stop_source enough;
    // The others of an Active Directory hold its own schema and settings.
    const auto contexts = server.active_directory && !server.default_context.empty()
                              ? std::vector{server.default_context}
                              : server.contexts;
    for (const auto& context : contexts) {
        std::uint64_t looked = 0;
        const LdapSearch search{context, LDAP_SCOPE_SUBTREE, "(objectClass=*)", {"*"}};
        const auto end =
            paged_search(connection, search, settings.endpoint.page_size, enough.get_token(),
                         [&](const LdapMessage& message) {
                             count(server.schema, context,
                                   look_at(connection, server.schema, message.get()), census);
                             if (++looked >= kEntriesLooked) {
                                 enough.request_stop();
                             }
                         });
        census.complete = census.complete && end.complete;
        if (end.broken || end.stopped) {
            break;
        }
    }
    return census;
}

/// References lead to one type; what leads to several, or to nothing seen, is suggested as the text
/// of a name.
void settle_reference(const Census& census, const std::set<std::string>& values,
                      DiscoveredAttribute& attribute) {
    std::set<std::string> targets;
    for (const auto& value : values) {
        if (const auto found = census.type_of.find(normalize_dn(value));
            found != census.type_of.end()) {
            targets.insert(found->second);
        }
    }
    if (targets.size() == 1) {
        attribute.target = *targets.begin();
        return;
    }
    attribute.type = Type::text;
    attribute.note = "names of entries";
    for (const auto& target : targets) {
        attribute.note += (target == *targets.begin() ? ": " : ", ") + target;
    }
}

std::vector<DiscoveredAttribute> attributes_in_use(const LdapDirectorySchema& schema,
                                                   const Census& census, const Seen& seen) {
    auto attributes = schema.attributes(seen.classes);
    std::erase_if(attributes, [&](const auto& a) { return !seen.attributes.contains(a.name); });
    for (auto& attribute : attributes) {
        if (attribute.type == Type::reference) {
            settle_reference(census, seen.attributes.at(attribute.name), attribute);
        }
    }
    return attributes;
}

}  // namespace

std::vector<DiscoveredType> discover_directory(LdapConnection& connection,
                                               const LdapSettings& settings,
                                               const LdapServer& server) {
    const auto& schema = server.schema;
    if (!schema.knows_classes()) {
        throw Error(ErrorCode::connection,
                    fmt::format("{}: the schema of {} cannot be read", settings.endpoint.system,
                                settings.endpoint.url),
                    "let this bind read the root DSE and the subschema entry");
    }
    const auto census = take_census(connection, settings, server);
    const auto anchor = natural_anchor(server);
    std::vector<DiscoveredType> out;
    out.reserve(census.types.size());
    for (const auto& [name, seen] : census.types) {
        DiscoveredType type{name,
                            attributes_in_use(schema, census, seen),
                            {},
                            census.complete ? seen.objects : 0,
                            {{"object_class", name}, {"bases", format_dn(*seen.base)}}};
        if (!anchor.empty()) {
            type.settings.emplace_back("anchor_attribute", anchor);
        }
        out.push_back(std::move(type));
    }
    return out;
}

}  // namespace muster
