#include "model/equality.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "base/dn.h"
#include "base/text.h"
#include "base/time.h"

namespace muster {

namespace {

struct Named {
    Equality equality;
    std::string_view name;
};

constexpr Named kNames[] = {
    {Equality::exact, "exact"},
    {Equality::case_exact, "case_exact"},
    {Equality::case_ignore, "case_ignore"},
    {Equality::telephone, "telephone"},
    {Equality::numeric, "numeric"},
    {Equality::name, "name"},
    {Equality::time, "time"},
    {Equality::integer, "integer"},
};

/// RFC 4518 2.6.1: blanks that do not count are left out, of others one.
std::string squeezed(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c != ' ' || (!out.empty() && out.back() != ' ')) {
            out += c;
        }
    }
    if (out.ends_with(' ')) {
        out.pop_back();
    }
    return out;
}

std::string without(std::string_view text, std::string_view characters) {
    std::string out;
    std::ranges::copy_if(text, std::back_inserter(out),
                         [&](char c) { return characters.find(c) == std::string_view::npos; });
    return out;
}

std::string number_form(std::string_view text) {
    const bool negative = text.starts_with('-');
    auto digits = text.substr(negative ? 1 : 0);
    while (digits.size() > 1 && digits.starts_with('0')) {
        digits.remove_prefix(1);
    }
    return (negative && digits != "0" ? "-" : "") + std::string(digits);
}

}  // namespace

std::string_view equality_name(Equality equality) {
    return std::ranges::find(kNames, equality, &Named::equality)->name;
}

std::optional<Equality> find_equality(std::string_view name) {
    const auto* found = std::ranges::find(kNames, name, &Named::name);
    return found == std::end(kNames) ? std::nullopt : std::optional(found->equality);
}

std::string equality_form(Equality equality, std::string_view value) {
    switch (equality) {
        case Equality::exact:
            break;
        case Equality::case_exact:
            return squeezed(value);
        case Equality::case_ignore:
            return fold_simply(value);
        case Equality::telephone:
            return without(lower(value), " -");
        case Equality::numeric:
            return without(value, " ");
        case Equality::name:
            return normalize_dn(value);
        case Equality::time:
            if (const auto moment = parse_generalized_time(value)) {
                return format_instant(*moment);
            }
            break;
        case Equality::integer:
            return number_form(value);
    }
    return std::string(value);
}

std::vector<std::string> distinct_values(Equality equality, const std::vector<std::string>& held,
                                         const std::vector<std::string>& wanted,
                                         std::vector<OneValue>& merged) {
    std::map<std::string, std::string> by_form;
    for (const auto& value : wanted) {
        const auto [at, first] = by_form.emplace(equality_form(equality, value), value);
        if (first) {
            continue;
        }
        if (std::ranges::binary_search(held, value)) {
            merged.push_back({value, std::exchange(at->second, value)});
        } else {
            merged.push_back({at->second, value});
        }
    }
    std::vector<std::string> out;
    out.reserve(by_form.size());
    for (auto& [form, value] : by_form) {
        out.push_back(std::move(value));
    }
    std::ranges::sort(out);
    return out;
}

std::vector<std::string> spelled_as_sent(Equality equality, const std::vector<std::string>& sent,
                                         std::vector<std::string> shown) {
    std::map<std::string, const std::string*> by_form;
    for (const auto& value : sent) {
        by_form.emplace(equality_form(equality, value), &value);
    }
    for (auto& value : shown) {
        if (const auto found = by_form.find(equality_form(equality, value));
            found != by_form.end()) {
            value = *found->second;
        }
    }
    std::ranges::sort(shown);
    const auto repeated = std::ranges::unique(shown);
    shown.erase(repeated.begin(), repeated.end());
    return shown;
}

}  // namespace muster
