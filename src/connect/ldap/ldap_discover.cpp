#include "connect/ldap/ldap_discover.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "connect/ldap/ldap_directory_schema.h"
#include "connect/ldap/ldap_entry.h"
#include "connect/ldap/ldap_search.h"

namespace muster {

namespace {

constexpr std::uint64_t kEntriesLooked = 20'000;  ///< in each naming context

/// The attributes of one entry, by name as asked for.
using Values = std::map<std::string, std::vector<std::string>>;

Values read_entry(LdapConnection& connection, const LdapSearch& search,
                  const std::stop_token& stop) {
    Values out;
    const auto take = [&](const LdapMessage& message) {
        LdapEntry entry(connection.handle(), message.get());
        while (entry.next()) {
            for (const auto& name : search.attributes) {
                if (same_attribute(entry.description(), name)) {
                    for (const auto& value : entry.values()) {
                        out[name].emplace_back(text_of(value));
                    }
                }
            }
        }
    };
    single_search(connection, search, stop, take);
    return out;
}

LdapSearch base_search(std::string base, std::vector<std::string> attributes) {
    return {std::move(base), LDAP_SCOPE_BASE, "(objectClass=*)", std::move(attributes)};
}

LdapDirectorySchema read_schema(LdapConnection& connection, const LdapSettings& settings,
                                Values& root) {
    const auto& place = root["subschemaSubentry"];
    auto values = read_entry(
        connection,
        base_search(place.empty() ? "cn=Subschema" : place[0], {"attributeTypes", "objectClasses"}),
        {});
    if (values["objectClasses"].empty()) {
        throw Error(ErrorCode::connection,
                    fmt::format("{}: the schema of {} cannot be read", settings.endpoint.system,
                                settings.endpoint.url),
                    "let this bind read the root DSE and the subschema entry");
    }
    LdapDirectorySchema schema;
    for (const auto& definition : values["attributeTypes"]) {
        schema.add_attribute_type(definition);
    }
    for (const auto& definition : values["objectClasses"]) {
        schema.add_object_class(definition);
    }
    return schema;
}

/// How many entries there are of each combination of object classes.
struct Census {
    std::map<std::set<std::string>, std::uint64_t> entries;
    bool complete = true;
};

Census take_census(LdapConnection& connection, const LdapSettings& settings,
                   const std::vector<std::string>& contexts) {
    Census census;
    std::stop_source enough;
    for (const auto& context : contexts) {
        std::uint64_t looked = 0;
        const LdapSearch search{context, LDAP_SCOPE_SUBTREE, "(objectClass=*)", {"objectClass"}};
        const auto end = paged_search(connection, search, settings.endpoint.page_size,
                                      enough.get_token(), [&](const LdapMessage& message) {
                                          LdapEntry entry(connection.handle(), message.get());
                                          std::set<std::string> classes;
                                          while (entry.next()) {
                                              for (const auto& value : entry.values()) {
                                                  classes.emplace(text_of(value));
                                              }
                                          }
                                          ++census.entries[classes];
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

}  // namespace

LdapFeatures read_features(LdapConnection& connection, const std::stop_token& stop) {
    const auto root = read_entry(connection, base_search("", {"supportedControl"}), stop);
    const auto found = root.find("supportedControl");
    LdapFeatures features;
    features.post_read =
        found != root.end() &&
        std::ranges::find(found->second, LDAP_CONTROL_POST_READ) != found->second.end();
    return features;
}

std::vector<DiscoveredType> discover_directory(LdapConnection& connection,
                                               const LdapSettings& settings) {
    auto root =
        read_entry(connection, base_search("", {"namingContexts", "subschemaSubentry"}), {});
    const auto schema = read_schema(connection, settings, root);
    const auto census = take_census(connection, settings, root["namingContexts"]);

    struct Found {
        std::set<std::string> classes;  ///< auxiliary ones included
        std::uint64_t objects = 0;
    };
    std::map<std::string, Found> types;
    for (const auto& [classes, count] : census.entries) {
        if (const auto name = schema.most_derived(classes); !name.empty()) {
            types[name].classes.insert(classes.begin(), classes.end());
            types[name].objects += count;
        }
    }
    std::vector<DiscoveredType> out;
    out.reserve(types.size());
    for (const auto& [name, found] : types) {
        // No anchor is suggested: entries have one of their own.
        out.push_back({name,
                       schema.attributes(found.classes),
                       {},
                       census.complete ? found.objects : 0,
                       {{"object_class", name}}});
    }
    return out;
}

}  // namespace muster
