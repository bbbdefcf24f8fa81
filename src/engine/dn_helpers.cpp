#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/dn.h"
#include "engine/expression_library.h"

namespace muster {

namespace {

Dn read(std::string_view text) {
    auto dn = parse_dn(text);
    if (!dn) {
        throw BadArgument(fmt::format("\"{}\" is no distinguished name", text));
    }
    return std::move(*dn);
}

HelperValue dn_rdn(const HelperArguments& a) {
    auto rdn = format_rdn(a.text(1), a.text(2));
    if (a.text(2).empty() || !parse_dn(rdn)) {
        throw BadArgument(fmt::format("\"{}\" is no component of a distinguished name", rdn));
    }
    return rdn;
}

HelperValue dn_join(const HelperArguments& a) {
    Dn whole;
    for (int i = 1; i <= a.count(); ++i) {
        auto part = read(a.text(i));
        std::ranges::move(part, std::back_inserter(whole));
    }
    return format_dn(whole);
}

HelperValue dn_parent(const HelperArguments& a) {
    auto dn = read(a.text(1));
    if (dn.size() <= 1) {
        return {};
    }
    dn.erase(dn.begin());
    return format_dn(dn);
}

HelperValue dn_value(const HelperArguments& a) {
    auto dn = read(a.text(1));
    if (dn.empty()) {
        return {};
    }
    return std::move(dn.front().front().value);
}

HelperValue dn_escape(const HelperArguments& a) {
    constexpr std::string_view kType = "x";
    return format_rdn(kType, a.text(1)).substr(kType.size() + 1);
}

constexpr Helper kHelpers[] = {
    {"dn", "rdn", "type, value",
     "One component: `dn.rdn(\"cn\", \"Lee, Ann\")` gives `cn=Lee\\, Ann`.", dn_rdn},
    {"dn", "join", "part, …", "One distinguished name of components and names, leaf first.",
     dn_join},
    {"dn", "parent", "name", "All but the first component; nil where there is only one.",
     dn_parent},
    {"dn", "value", "name",
     "The value of the first component: of `cn=Lee\\, Ann,dc=x` it is `Lee, Ann`.", dn_value},
    {"dn", "escape", "value", "The value as it stands in a component.", dn_escape},
};

}  // namespace

std::span<const Helper> dn_helpers() {
    return kHelpers;
}

}  // namespace muster
