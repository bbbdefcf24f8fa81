#include "connect/ldap/ldap_directory_schema.h"

#include <ldap.h>
#include <ldap_schema.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/text.h"

namespace muster {

namespace {

constexpr int kAncestorsMost = 32;  ///< attribute types have their syntax from at most so far up

struct SchemaFree {
    void operator()(LDAPAttributeType* type) const { ldap_attributetype_free(type); }
    void operator()(LDAPObjectClass* type) const { ldap_objectclass_free(type); }
};

std::string text_or_empty(const char* text) {
    return text == nullptr ? "" : text;
}

std::vector<std::string> texts(char** list) {
    std::vector<std::string> out;
    for (; list != nullptr && *list != nullptr; ++list) {
        out.emplace_back(*list);
    }
    return out;
}

struct SyntaxMeaning {
    std::string_view oid;
    Type type;
};

/// RFC 4517 3.3, RFC 4530 and, below 1.2.840, Active Directory (MS-ADTS 3.1.1.2.2.2).
constexpr SyntaxMeaning kSyntaxes[] = {
    {"1.3.6.1.4.1.1466.115.121.1.4", Type::binary},  // audio
    {"1.3.6.1.4.1.1466.115.121.1.5", Type::binary},
    {"1.3.6.1.4.1.1466.115.121.1.8", Type::binary},   // certificate
    {"1.3.6.1.4.1.1466.115.121.1.9", Type::binary},   // certificate list
    {"1.3.6.1.4.1.1466.115.121.1.10", Type::binary},  // certificate pair
    {"1.3.6.1.4.1.1466.115.121.1.28", Type::binary},  // JPEG
    {"1.3.6.1.4.1.1466.115.121.1.40", Type::binary},  // octet string
    {"1.2.840.113556.1.4.907", Type::binary},         // security descriptor
    {"1.3.6.1.4.1.1466.115.121.1.7", Type::boolean},
    {"1.3.6.1.4.1.1466.115.121.1.12", Type::reference},
    {"1.3.6.1.4.1.1466.115.121.1.24", Type::datetime},
    {"1.3.6.1.4.1.1466.115.121.1.27", Type::integer},
    {"1.2.840.113556.1.4.906", Type::integer},
    {"1.3.6.1.1.16.1", Type::guid},
};

struct RuleMeaning {
    std::string_view rule;
    Equality equality;
};

/// RFC 4517 4.2, in lower case; rules that are not here compare by bytes, or what Muster holds in
/// another type than text.
constexpr RuleMeaning kRules[] = {
    {"caseignorematch", Equality::case_ignore},
    {"caseignoreia5match", Equality::case_ignore},
    {"caseignorelistmatch", Equality::case_ignore},
    {"objectidentifiermatch", Equality::case_ignore},
    {"booleanmatch", Equality::case_ignore},
    {"uuidmatch", Equality::case_ignore},
    {"caseexactmatch", Equality::case_exact},
    {"caseexactia5match", Equality::case_exact},
    {"telephonenumbermatch", Equality::telephone},
    {"numericstringmatch", Equality::numeric},
    {"distinguishednamematch", Equality::name},
    {"generalizedtimematch", Equality::time},
    {"integermatch", Equality::integer},
    {"2.5.13.0", Equality::case_ignore},
    {"2.5.13.1", Equality::name},
    {"2.5.13.2", Equality::case_ignore},
    {"2.5.13.5", Equality::case_exact},
    {"2.5.13.8", Equality::numeric},
    {"2.5.13.11", Equality::case_ignore},
    {"2.5.13.13", Equality::case_ignore},
    {"2.5.13.14", Equality::integer},
    {"2.5.13.20", Equality::telephone},
    {"2.5.13.27", Equality::time},
    {"1.3.6.1.4.1.1466.109.114.1", Equality::case_exact},
    {"1.3.6.1.4.1.1466.109.114.2", Equality::case_ignore},
};

/// MS-ADTS 3.1.1.2.2.4: how Active Directory compares values of a syntax.
constexpr RuleMeaning kComparedBySyntax[] = {
    {"1.2.840.113556.1.4.905", Equality::case_ignore},         // case-insensitive string
    {"1.2.840.113556.1.4.906", Equality::integer},             // large integer
    {"1.3.6.1.4.1.1466.115.121.1.12", Equality::name},         // DN
    {"1.3.6.1.4.1.1466.115.121.1.15", Equality::case_ignore},  // Unicode string
    {"1.3.6.1.4.1.1466.115.121.1.24", Equality::time},         // GeneralizedTime
    {"1.3.6.1.4.1.1466.115.121.1.27", Equality::integer},      // integer
    {"1.3.6.1.4.1.1466.115.121.1.36", Equality::numeric},      // numeric string
    {"1.3.6.1.4.1.1466.115.121.1.38", Equality::case_ignore},  // OID
};

}  // namespace

void LdapDirectorySchema::add_attribute_type(const std::string& definition) {
    int code = 0;
    const char* where = nullptr;
    const std::unique_ptr<LDAPAttributeType, SchemaFree> parsed(
        ldap_str2attributetype(definition.c_str(), &code, &where, LDAP_SCHEMA_ALLOW_ALL));
    if (!parsed) {
        return;
    }
    const auto names = texts(parsed->at_names);
    attribute_names_.emplace(parsed->at_oid, attribute_types_.size());
    for (const auto& name : names) {
        attribute_names_.emplace(lower(name), attribute_types_.size());
    }
    attribute_types_.push_back(
        {names.empty() ? parsed->at_oid : names[0], text_or_empty(parsed->at_sup_oid),
         text_or_empty(parsed->at_syntax_oid), text_or_empty(parsed->at_equality_oid),
         parsed->at_single_value != 0, parsed->at_usage != LDAP_SCHEMA_USER_APPLICATIONS});
}

void LdapDirectorySchema::add_object_class(const std::string& definition) {
    int code = 0;
    const char* where = nullptr;
    const std::unique_ptr<LDAPObjectClass, SchemaFree> parsed(
        ldap_str2objectclass(definition.c_str(), &code, &where, LDAP_SCHEMA_ALLOW_ALL));
    if (!parsed) {
        return;
    }
    const auto names = texts(parsed->oc_names);
    class_names_.emplace(parsed->oc_oid, object_classes_.size());
    for (const auto& name : names) {
        class_names_.emplace(lower(name), object_classes_.size());
    }
    auto attributes = texts(parsed->oc_at_oids_must);
    std::ranges::move(texts(parsed->oc_at_oids_may), std::back_inserter(attributes));
    object_classes_.push_back({names.empty() ? parsed->oc_oid : names[0],
                               parsed->oc_kind == LDAP_SCHEMA_STRUCTURAL,
                               texts(parsed->oc_sup_oids), std::move(attributes)});
}

const LdapDirectorySchema::AttributeType* LdapDirectorySchema::find_attribute(
    std::string_view name) const {
    const auto found = attribute_names_.find(lower(name));
    return found == attribute_names_.end() ? nullptr : &attribute_types_[found->second];
}

const LdapDirectorySchema::ObjectClass* LdapDirectorySchema::find_class(
    std::string_view name) const {
    const auto found = class_names_.find(lower(name));
    return found == class_names_.end() ? nullptr : &object_classes_[found->second];
}

std::string LdapDirectorySchema::canonical(std::string_view description) const {
    const auto options = std::min(description.find(';'), description.size());
    const auto* type = find_attribute(description.substr(0, options));
    return type == nullptr ? std::string(description)
                           : type->name + std::string(description.substr(options));
}

void LdapDirectorySchema::collect_ancestors(std::string_view name,
                                            std::set<const ObjectClass*>& out) const {
    const auto* object_class = find_class(name);
    if (object_class != nullptr && out.insert(object_class).second) {
        for (const auto& superior : object_class->superiors) {
            collect_ancestors(superior, out);
        }
    }
}

std::string LdapDirectorySchema::most_derived(const std::set<std::string>& object_classes) const {
    std::string best;
    std::size_t most = 0;
    for (const auto& name : object_classes) {
        const auto* object_class = find_class(name);
        std::set<const ObjectClass*> ancestors;
        collect_ancestors(name, ancestors);
        if (object_class != nullptr && object_class->structural && ancestors.size() > most) {
            best = object_class->name;
            most = ancestors.size();
        }
    }
    return best;
}

std::string LdapDirectorySchema::inherited(const AttributeType& type,
                                           std::string AttributeType::* property) const {
    const auto* holder = &type;
    for (int i = 0; i < kAncestorsMost && (holder->*property).empty(); ++i) {
        const auto* superior = find_attribute(holder->superior);
        if (superior == nullptr) {
            break;
        }
        holder = superior;
    }
    return holder->*property;
}

bool LdapDirectorySchema::refers(std::string_view name) const {
    const auto* type = find_attribute(name);
    return type != nullptr && describe(*type).type == Type::reference;
}

Equality LdapDirectorySchema::equality(std::string_view description) const {
    const auto* type = find_attribute(description.substr(0, description.find(';')));
    if (type == nullptr) {
        return Equality::exact;
    }
    // Without any rule, a directory that follows the RFCs compares nothing; Active Directory
    // publishes none and compares by the syntax.
    const auto rule = lower(inherited(*type, &AttributeType::equality));
    const auto* by_rule = std::ranges::find(kRules, rule, &RuleMeaning::rule);
    if (!rule.empty() || !by_syntax_) {
        return by_rule == std::end(kRules) ? Equality::exact : by_rule->equality;
    }
    const auto syntax = inherited(*type, &AttributeType::syntax);
    const auto* meaning = std::ranges::find(kComparedBySyntax, syntax, &RuleMeaning::rule);
    return meaning == std::end(kComparedBySyntax) ? Equality::exact : meaning->equality;
}

DiscoveredAttribute LdapDirectorySchema::describe(const AttributeType& type) const {
    DiscoveredAttribute out{type.name, Type::text, !type.single, {}};
    // It comes without the length bound: "…121.1.15{128}" is kept apart.
    const auto syntax = inherited(type, &AttributeType::syntax);
    const auto known = std::ranges::find(kSyntaxes, syntax, &SyntaxMeaning::oid);
    if (lower(type.name) == "objectguid") {
        out.type = Type::guid;
    } else if (known != std::end(kSyntaxes)) {
        out.type = known->type;
    }
    if (out.type != Type::text) {
        out.note = "syntax " + syntax;
    }
    return out;
}

std::vector<DiscoveredAttribute> LdapDirectorySchema::attributes(
    const std::set<std::string>& object_classes) const {
    std::set<const ObjectClass*> all;
    for (const auto& name : object_classes) {
        collect_ancestors(name, all);
    }
    std::map<std::string, DiscoveredAttribute> found;
    for (const auto* object_class : all) {
        for (const auto& name : object_class->attributes) {
            const auto* type = find_attribute(name);
            if (type != nullptr && !type->operational && lower(type->name) != "objectclass") {
                found.emplace(lower(type->name), describe(*type));
            }
        }
    }
    std::vector<DiscoveredAttribute> out;
    out.reserve(found.size());
    for (auto& [name, attribute] : found) {
        out.push_back(std::move(attribute));
    }
    return out;
}

}  // namespace muster
