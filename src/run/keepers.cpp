#include "run/keepers.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

namespace muster {

namespace {

constexpr std::string_view kFact = "what keeps objects alive";

boost::json::object to_json(const Keeper& keeper) {
    boost::json::object json{{"rule", keeper.rule},
                             {"system", keeper.system},
                             {"type", keeper.type},
                             {"metaverse", keeper.metaverse},
                             {"claims", keeper.claims}};
    if (!keeper.gone.empty()) {
        json.emplace("kept", keeper.kept);
    }
    return json;
}

std::vector<Keeper> read(std::string_view fact) {
    std::vector<Keeper> keepers;
    if (fact.empty()) {
        return keepers;
    }
    const auto stored = boost::json::parse({fact.data(), fact.size()});
    for (const auto& value : stored.as_array()) {
        const auto& json = value.as_object();
        const auto text = [&](const char* key) {
            return boost::json::value_to<std::string>(json.at(key));
        };
        const auto* kept = json.if_contains("kept");
        keepers.push_back({text("rule"), text("system"), text("type"), text("metaverse"),
                           json.at("claims").as_bool(),
                           kept == nullptr ? 0 : boost::json::value_to<std::uint64_t>(*kept),
                           std::string()});
    }
    return keepers;
}

/// What the rules of a configuration keep alive.
std::vector<Keeper> keepers_of(const RuleBook& book) {
    const auto& schema = book.schema();
    std::vector<Keeper> keepers;
    for (const auto& rule : book.configuration().inbound) {
        const auto& sources = book.metaverse_type(rule.target).deletion_sources;
        const bool claims = std::ranges::count(sources, rule.system) > 0;
        if (claims || rule.project) {
            keepers.push_back({rule.name, schema.space(rule.system).name,
                               schema.type(rule.source).name, schema.type(rule.target).name, claims,
                               0, std::string()});
        }
    }
    return keepers;
}

/// What of a keeper the configuration has no more; empty where it has all of it, or something that
/// does the same.
std::string what_is_gone(const RuleBook& book, std::span<const Keeper> present,
                         const Keeper& keeper) {
    const auto& schema = book.schema();
    const auto system = schema.find_space(keeper.system);
    if (!system) {
        return keeper.system;
    }
    if (!schema.find_type(system, keeper.type)) {
        return keeper.system + "." + keeper.type;
    }
    const bool said =
        std::ranges::count(book.configuration().inbound, keeper.rule, &InboundRule::name) > 0;
    const bool replaced = std::ranges::any_of(present, [&](const Keeper& other) {
        return other.system == keeper.system && other.type == keeper.type &&
               other.metaverse == keeper.metaverse;
    });
    return said || replaced ? std::string() : keeper.rule;
}

bool is_removed(const Configuration& configuration, const Keeper& keeper) {
    const auto& removed = configuration.removed;
    return std::ranges::any_of(removed, [&](const std::string& thing) {
        return thing == keeper.system || thing == keeper.system + "." + keeper.type ||
               thing == keeper.rule;
    });
}

}  // namespace

Keepers::Keepers(const RuleBook& book, View& view)
    : schema_(book.schema()), present_(keepers_of(book)), stored_(view.meta(kFact)) {
    for (auto& keeper : read(stored_)) {
        keeper.gone = what_is_gone(book, present_, keeper);
        if (!keeper.gone.empty() && !is_removed(book.configuration(), keeper)) {
            gone_.push_back(std::move(keeper));
        }
    }
}

std::optional<std::size_t> Keepers::keeper_of(TypeId metaverse, bool unclaimed,
                                              std::string_view system,
                                              std::string_view type) const {
    const auto found = std::ranges::find_if(gone_, [&](const Keeper& keeper) {
        return keeper.system == system && keeper.type == type &&
               keeper.metaverse == schema_.type(metaverse).name && (keeper.claims || unclaimed);
    });
    return found == gone_.end() ? std::nullopt
                                : std::optional(static_cast<std::size_t>(found - gone_.begin()));
}

std::map<std::string, std::uint64_t> Keepers::things() const {
    std::map<std::string, std::uint64_t> things;
    for (const auto& keeper : gone_) {
        if (keeper.kept > 0) {
            things[keeper.gone] += keeper.kept;
        }
    }
    return things;
}

std::string kept_text(std::string_view thing, std::uint64_t objects) {
    const auto kept = objects == 1
                          ? std::string("1 object that it kept alive stays as it is")
                          : fmt::format("{} objects that it kept alive stay as they are", objects);
    return fmt::format(
        "{} is gone from the configuration: {} until it is back, or until 'removed: [ {} ]' says "
        "that what it kept is to go",
        thing, kept, thing);
}

std::optional<std::pair<std::string, std::string>> Keepers::fact() const {
    boost::json::array all;
    for (const auto* keepers : {&present_, &gone_}) {
        for (const auto& keeper : *keepers) {
            all.emplace_back(to_json(keeper));
        }
    }
    auto text = boost::json::serialize(all);
    return text == stored_ ? std::nullopt
                           : std::optional(std::pair(std::string(kFact), std::move(text)));
}

}  // namespace muster
