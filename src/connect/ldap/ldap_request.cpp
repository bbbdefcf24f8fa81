#include "connect/ldap/ldap_request.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/dn.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "connect/ldap/ldap_values.h"

namespace muster {

namespace {

using Kind = LdapRequest::Kind;

std::vector<std::string> spelled(const LdapAttribute& attribute,
                                 const std::vector<std::string>& values) {
    std::vector<std::string> out;
    out.reserve(values.size());
    for (const auto& value : values) {
        out.push_back(to_ldap(attribute.type, attribute.name, value));
    }
    return out;
}

/// Where the part of `values` that fits one request, from `at` on, ends.
std::size_t end_of_part(const std::vector<std::string>& values, std::size_t at) {
    std::size_t bytes = 0;
    const std::size_t most = std::min(values.size(), at + limits::kLinksPerOperation);
    std::size_t end = at;
    while (end < most && (end == at || bytes + values[end].size() <= limits::kOperationBytes)) {
        bytes += values[end++].size();
    }
    return end;
}

bool fits_one_request(const LdapMod& mod) {
    return end_of_part(mod.values, 0) == mod.values.size();
}

/// Puts a change into as many requests as its values need: the first part into `first` if given,
/// the others into requests of their own.
void divide_values(const std::string& dn, LdapMod mod, LdapRequest* first,
                   std::vector<LdapRequest>& following) {
    for (std::size_t at = 0; at < mod.values.size();) {
        const auto end = end_of_part(mod.values, at);
        const auto from = mod.values.begin();
        LdapMod part{mod.operation,
                     mod.attribute,
                     {std::make_move_iterator(from + static_cast<std::ptrdiff_t>(at)),
                      std::make_move_iterator(from + static_cast<std::ptrdiff_t>(end))}};
        if (at == 0 && first != nullptr) {
            first->mods.push_back(std::move(part));
        } else {
            following.push_back({Kind::modify, dn, {std::move(part)}, {}, {}});
        }
        at = end;
    }
}

/// An entry must hold the values its name is made of.
void add_naming_values(const Rdn& rdn, LdapRequest& add) {
    for (const auto& part : rdn) {
        auto mod = std::ranges::find_if(add.mods, [&](const auto& m) {
            return normalize_type(m.attribute) == normalize_type(part.type);
        });
        if (mod == add.mods.end()) {
            add.mods.push_back({LDAP_MOD_ADD, part.type, {part.value}});
        } else if (std::ranges::none_of(
                       mod->values, [&](const auto& v) { return fold(v) == fold(part.value); })) {
            mod->values.push_back(part.value);
        }
    }
}

/// References to several types may be several attributes that are one to the directory: the first
/// of those that share a name.
const LdapAttribute& first_of(const LdapType& type, const LdapAttribute& attribute) {
    return *std::ranges::find_if(type.attributes, [&](const LdapAttribute& other) {
        return same_attribute(other.name, attribute.name);
    });
}

bool shares_name(const LdapType& type, const LdapAttribute& attribute) {
    return std::ranges::count_if(type.attributes, [&](const LdapAttribute& other) {
               return same_attribute(other.name, attribute.name);
           }) > 1;
}

LdapPlan plan_create(const LdapType& type, const Operation& operation) {
    const auto dn = parse_dn(operation.new_name);
    if (!dn || dn->empty()) {
        return {{}, fmt::format("'{}' is no DN", operation.new_name)};
    }
    LdapPlan plan;
    LdapRequest add{Kind::add, operation.new_name, {}, {}, {}};
    add.mods.push_back({LDAP_MOD_ADD, "objectClass", type.object_classes});
    for (const auto& attribute : type.attributes) {
        if (&attribute != &first_of(type, attribute)) {
            continue;  // its values went with those of the first one
        }
        LdapMod mod{LDAP_MOD_ADD, attribute.name, {}};
        for (const auto& change : operation.changes) {
            const auto& other = type.attribute(change.attribute);
            if (same_attribute(other.name, attribute.name)) {
                std::ranges::move(spelled(other, change.add), std::back_inserter(mod.values));
            }
        }
        if (mod.values.empty() && !attribute.placeholder.empty()) {
            mod.values.push_back(attribute.placeholder);
        }
        divide_values(operation.new_name, std::move(mod), &add, plan.requests);
    }
    add_naming_values(dn->front(), add);
    plan.requests.insert(plan.requests.begin(), std::move(add));
    return plan;
}

/// A set whose values are added and removed one by one, whatever else it holds.
void plan_set(const LdapAttribute& attribute, const ValueChange& change, LdapRequest& request,
              std::vector<LdapRequest>& following) {
    LdapMod removal{LDAP_MOD_DELETE, attribute.name, spelled(attribute, change.remove)};
    LdapMod addition{LDAP_MOD_ADD, attribute.name, spelled(attribute, change.add)};
    const bool has_placeholder = !attribute.placeholder.empty();
    const bool leave_placeholder =
        has_placeholder && change.was_empty && !change.becomes_empty && !change.add.empty();
    const bool enter_placeholder =
        has_placeholder && change.becomes_empty && !change.was_empty && !change.remove.empty();
    if (fits_one_request(removal) && fits_one_request(addition)) {
        if (leave_placeholder) {
            removal.values.push_back(attribute.placeholder);
        }
        if (enter_placeholder) {
            addition.values.push_back(attribute.placeholder);
        }
        for (auto* mod : {&removal, &addition}) {
            if (!mod->values.empty()) {
                request.mods.push_back(std::move(*mod));
            }
        }
        return;
    }
    // In several steps, the set must never be empty in between: what comes, comes first.
    const auto& dn = request.dn;
    if (leave_placeholder) {
        LdapRequest swap{
            Kind::modify, dn, {{LDAP_MOD_DELETE, attribute.name, {attribute.placeholder}}}, {}, {}};
        std::vector<LdapRequest> rest;
        divide_values(dn, std::move(addition), &swap, rest);
        following.push_back(std::move(swap));
        std::ranges::move(rest, std::back_inserter(following));
    } else {
        if (enter_placeholder) {
            addition.values.push_back(attribute.placeholder);
        }
        divide_values(dn, std::move(addition), nullptr, following);
    }
    divide_values(dn, std::move(removal), nullptr, following);
}

/// A change as it looks for all attributes of an operation that are one to the directory: no
/// placeholder comes where another of them adds values, and it goes once.
ValueChange among_others(const LdapType& type, const Operation& operation,
                         const ValueChange& change) {
    ValueChange result = change;
    const auto& name = type.attribute(change.attribute).name;
    for (const auto& other : operation.changes) {
        if (other.attribute != change.attribute && !other.add.empty() &&
            same_attribute(type.attribute(other.attribute).name, name)) {
            result.becomes_empty = false;
            result.was_empty = result.was_empty && change.attribute < other.attribute;
        }
    }
    return result;
}

LdapPlan plan_modify(const LdapType& type, const Operation& operation) {
    LdapPlan plan;
    LdapRequest request{Kind::modify, operation.name, {}, {}, {}};
    std::vector<LdapRequest> following;
    for (const auto& change : operation.changes) {
        const auto& attribute = type.attribute(change.attribute);
        if (attribute.multi && !change.clear) {
            if (shares_name(type, attribute)) {
                plan_set(attribute, among_others(type, operation, change), request, following);
            } else {
                plan_set(attribute, change, request, following);
            }
            continue;
        }
        LdapMod mod{LDAP_MOD_REPLACE, attribute.name, spelled(attribute, change.add)};
        if (mod.values.empty() && !attribute.placeholder.empty()) {
            mod.values.push_back(attribute.placeholder);
        }
        request.mods.push_back(std::move(mod));
    }
    if (!request.mods.empty()) {
        plan.requests.push_back(std::move(request));
    }
    std::ranges::move(following, std::back_inserter(plan.requests));
    return plan;
}

/// As names use them: by whatever synonym.
bool same_type(const std::string& a, const std::string& b) {
    return normalize_type(a) == normalize_type(b);
}

bool names_type(const Rdn& rdn, const std::string& type) {
    return std::ranges::any_of(rdn, [&](const auto& p) { return same_type(p.type, type); });
}

bool has_part(const Rdn& rdn, const DnPart& part) {
    return std::ranges::any_of(rdn, [&](const auto& p) {
        return same_type(p.type, part.type) && fold(p.value) == fold(part.value);
    });
}

/// Whether the values of the old first component stay: where one of them is wanted still, or where
/// the new one is made of other attributes. What is not wanted goes with the modification after it.
bool keeps_old(const LdapType& type, const Operation& operation, const Rdn& before,
               const Rdn& after) {
    const auto wanted = [&](const DnPart& part) {
        return std::ranges::any_of(operation.kept, [&](const ValueChange& kept) {
            return same_type(type.attribute(kept.attribute).name, part.type) &&
                   std::ranges::any_of(kept.add,
                                       [&](const auto& v) { return fold(v) == fold(part.value); });
        });
    };
    return std::ranges::any_of(before, [&](const DnPart& part) {
        return !has_part(after, part) && (!names_type(after, part.type) || wanted(part));
    });
}

/// What the rename does to the attributes that names are made of, as far as Muster knows them.
std::vector<ValueChange> brought_by(const LdapType& type, const Rdn& before, const Rdn& after,
                                    bool keep_old) {
    std::vector<ValueChange> brought;
    for (const auto& attribute : type.attributes) {
        ValueChange change;
        change.attribute = attribute.id;
        for (const auto& part : before) {
            if (same_type(part.type, attribute.name) && !keep_old && !has_part(after, part)) {
                change.remove.push_back(part.value);
            }
        }
        for (const auto& part : after) {
            if (same_type(part.type, attribute.name)) {
                change.add.push_back(part.value);
            }
        }
        if (attribute.type == Type::text && (!change.remove.empty() || !change.add.empty())) {
            brought.push_back(std::move(change));
        }
    }
    return brought;
}

LdapPlan plan_rename(const LdapType& type, const Operation& operation) {
    const auto dn = parse_dn(operation.new_name);
    if (!dn || dn->empty()) {
        return {{}, fmt::format("'{}' is no DN", operation.new_name)};
    }
    LdapRequest request{Kind::rename, operation.name, {}, format_dn({dn->front()}), {}};
    LdapPlan plan;
    if (const auto before = parse_dn(operation.name); before && !before->empty()) {
        request.keep_old = keeps_old(type, operation, before->front(), dn->front());
        plan.brought = brought_by(type, before->front(), dn->front(), request.keep_old);
    }
    auto parent = parent_dn(operation.new_name);
    if (normalize_dn(parent) != normalize_dn(parent_dn(operation.name))) {
        request.new_parent = std::move(parent);
    }
    plan.requests.push_back(std::move(request));
    return plan;
}

/// True where a value is removed and added again, spelled otherwise.
bool respells(const LdapRequest& request) {
    std::set<std::pair<std::string, std::string>> removed;
    for (const auto& mod : request.mods) {
        for (const auto& value : mod.values) {
            if (mod.operation == LDAP_MOD_DELETE) {
                removed.emplace(mod.attribute, fold(value));
            }
        }
    }
    return std::ranges::any_of(request.mods, [&](const auto& mod) {
        return mod.operation == LDAP_MOD_ADD &&
               std::ranges::any_of(mod.values, [&](const auto& value) {
                   return removed.contains({mod.attribute, fold(value)});
               });
    });
}

/// A password and what enables its account: an account must not be opened without it.
bool opens_account(std::string_view attribute) {
    return is_password(attribute) || same_attribute(attribute, "userAccountControl") ||
           same_attribute(attribute, "pwdLastSet");
}

berval as_berval(const std::string& text) {
    return {text.size(), const_cast<char*>(text.data())};
}

/// The library's form of modifications; valid as long as what it was made of.
class ModArray {
 public:
    explicit ModArray(const std::vector<LdapMod>& mods) {
        std::size_t count = 0;
        for (const auto& mod : mods) {
            count += mod.values.size();
        }
        values_.reserve(count);
        pointers_.reserve(count + mods.size());
        mods_.reserve(mods.size());
        for (const auto& mod : mods) {
            const auto first = pointers_.size();
            for (const auto& value : mod.values) {
                pointers_.push_back(&values_.emplace_back(as_berval(value)));
            }
            pointers_.push_back(nullptr);
            auto& out = mods_.emplace_back();
            out.mod_op = mod.operation | LDAP_MOD_BVALUES;
            out.mod_type = const_cast<char*>(mod.attribute.c_str());
            out.mod_bvalues = mod.values.empty() ? nullptr : pointers_.data() + first;
        }
        for (auto& mod : mods_) {
            array_.push_back(&mod);
        }
        array_.push_back(nullptr);
    }

    LDAPMod** get() { return array_.data(); }

 private:
    std::vector<berval> values_;
    std::vector<berval*> pointers_;
    std::vector<LDAPMod> mods_;
    std::vector<LDAPMod*> array_;
};

}  // namespace

LdapPlan plan_requests(const LdapType& type, const Operation& operation) {
    switch (operation.kind) {
        case Operation::Kind::create:
            return plan_create(type, operation);
        case Operation::Kind::modify:
            return plan_modify(type, operation);
        case Operation::Kind::rename:
            return plan_rename(type, operation);
        case Operation::Kind::erase:
            break;
    }
    return {{{Kind::erase, operation.name, {}, {}, {}}}, {}};
}

std::optional<LdapRequest> plan_parent(const std::string& dn, bool active_directory) {
    static constexpr std::pair<std::string_view, std::string_view> kClasses[] = {
        {"ou", "organizationalUnit"},
        {"o", "organization"},
        {"dc", "domain"},
        {"l", "locality"},
        {"c", "country"},
    };
    const auto parts = parse_dn(dn);
    if (!parts || parts->empty()) {
        return std::nullopt;
    }
    const auto& type = parts->front().front().type;
    std::string object_class;
    for (const auto& [name, known] : kClasses) {
        if (same_attribute(type, name)) {
            object_class = known;
        }
    }
    if (same_attribute(type, "cn")) {
        object_class = active_directory ? "container" : "organizationalRole";
    }
    if (object_class.empty()) {
        return std::nullopt;
    }
    LdapRequest add{Kind::add, dn, {{LDAP_MOD_ADD, "objectClass", {object_class}}}, {}, {}};
    add_naming_values(parts->front(), add);
    return add;
}

std::vector<LdapRequest> divide(const LdapRequest& request) {
    // What comes, comes before what goes, so that a set that must not be empty never is. But a
    // value that only changes its spelling would be found there already, and then be removed.
    const bool removals_first = respells(request);
    const int order[] = {LDAP_MOD_REPLACE, removals_first ? LDAP_MOD_DELETE : LDAP_MOD_ADD,
                         removals_first ? LDAP_MOD_ADD : LDAP_MOD_DELETE};
    std::vector<LdapRequest> out;
    const auto part = [&](LdapMod mod) {
        out.push_back({Kind::modify, request.dn, {std::move(mod)}, {}, {}});
    };
    if (request.mods.size() > 1) {
        LdapRequest account{Kind::modify, request.dn, {}, {}, {}};
        std::ranges::copy_if(request.mods, std::back_inserter(account.mods),
                             [](const LdapMod& mod) { return opens_account(mod.attribute); });
        if (account.mods.size() == request.mods.size()) {
            return {};
        }
        if (!account.mods.empty()) {
            out.push_back(std::move(account));
        }
        for (const int operation : order) {
            for (const auto& mod : request.mods) {
                if (mod.operation == operation && !opens_account(mod.attribute)) {
                    part(mod);
                }
            }
        }
    } else if (request.mods.size() == 1 && request.mods[0].values.size() > 1 &&
               request.mods[0].operation != LDAP_MOD_REPLACE) {
        const auto& mod = request.mods[0];
        const auto middle = mod.values.begin() + static_cast<std::ptrdiff_t>(mod.values.size() / 2);
        part({mod.operation, mod.attribute, {mod.values.begin(), middle}});
        part({mod.operation, mod.attribute, {middle, mod.values.end()}});
    }
    return out;
}

LdapRequest look_at(std::string dn, std::string filter, std::string attribute) {
    LdapRequest look{Kind::look, std::move(dn), {}, {}, {}};
    look.filter = std::move(filter);
    look.attribute = std::move(attribute);
    return look;
}

LdapRequest look_for_value(const LdapRequest& modify) {
    const auto& mod = modify.mods.front();
    return look_at(modify.dn,
                   fmt::format("({}={})", mod.attribute, escape_filter_value(mod.values.front())),
                   "1.1");
}

std::optional<int> send_request(LDAP* handle, const LdapRequest& request, LDAPControl* control) {
    LDAPControl* controls[] = {control, nullptr};
    const char* dn = request.dn.c_str();
    int id = 0;
    int code = LDAP_SUCCESS;
    switch (request.kind) {
        case Kind::add:
            code = ldap_add_ext(handle, dn, ModArray(request.mods).get(), controls, nullptr, &id);
            break;
        case Kind::modify:
            code =
                ldap_modify_ext(handle, dn, ModArray(request.mods).get(), controls, nullptr, &id);
            break;
        case Kind::rename:
            code = ldap_rename(handle, dn, request.new_rdn.c_str(),
                               request.new_parent.empty() ? nullptr : request.new_parent.c_str(),
                               request.keep_old ? 0 : 1, controls, nullptr, &id);
            break;
        case Kind::look: {
            char* attributes[] = {const_cast<char*>(request.attribute.c_str()), nullptr};
            code = ldap_search_ext(handle, dn, LDAP_SCOPE_BASE, request.filter.c_str(), attributes,
                                   0, controls, nullptr, nullptr, 0, &id);
            break;
        }
        case Kind::erase:
            code = ldap_delete_ext(handle, dn, controls, nullptr, &id);
            break;
    }
    return code == LDAP_SUCCESS ? std::optional(id) : std::nullopt;
}

}  // namespace muster
