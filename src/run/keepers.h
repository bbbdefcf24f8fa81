#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/rules.h"
#include "store/view.h"

namespace muster {

/// Objects of one connector type, by one inbound rule, as what keeps metaverse objects alive. By
/// names: the configuration may not have them any more.
struct Keeper {
    std::string rule;
    std::string system;
    std::string type;
    std::string metaverse;   ///< the type of what it keeps
    bool claims = false;     ///< its system is a deletion source; else it keeps who has none
    std::uint64_t kept = 0;  ///< objects that are there for its sake, though it is gone
    /// What of it the configuration has no more: "hr", "hr.person" or the name of the rule.
    std::string gone;
};

/// What keeps metaverse objects alive, and what used to and is gone from the configuration without
/// a word. The store remembers it as a named fact, since only it knows what was there before.
class Keepers {
 public:
    Keepers(const RuleBook& book, View& view);

    /// Those that are gone; positions are what keeper_of() gives.
    std::span<const Keeper> gone() const { return gone_; }
    /// Which of them keeps a metaverse object that is joined to an object of the type.
    std::optional<std::size_t> keeper_of(TypeId metaverse, bool unclaimed, std::string_view system,
                                         std::string_view type) const;

    /// Notes how many objects each of gone() keeps, from now on.
    void count(std::size_t keeper, std::uint64_t objects) { gone_[keeper].kept = objects; }
    /// How many objects each thing that is gone keeps, by its name; only those that keep any.
    std::map<std::string, std::uint64_t> things() const;
    /// The named fact, if it differs from what the store has.
    std::optional<std::pair<std::string, std::string>> fact() const;

 private:
    const Schema& schema_;
    std::vector<Keeper> present_;
    std::vector<Keeper> gone_;
    std::string stored_;
};

/// What is to be said of something that is gone from the configuration and still keeps objects.
std::string kept_text(std::string_view thing, std::uint64_t objects);

}  // namespace muster
