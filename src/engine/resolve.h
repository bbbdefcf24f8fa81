#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/rules.h"

namespace muster {

/// What became of one contribution, for explanations.
struct Contribution {
    enum class Fate { won, outranked, no_value, null_asserted, out_of_scope, not_joined, failed };
    AttributeId attribute;
    FlowRef flow;
    const Object* object =
        nullptr;  ///< the connector object; null where none of the rule's type is joined
    Fate fate = Fate::won;
    std::vector<std::string> values;
};
std::string_view fate_name(Contribution::Fate fate);

/// A metaverse object's scalar attributes, as its connector objects make them.
struct Resolved {
    Document attributes;
    /// Which flow won each attribute, as a compact key: equal exactly where the provenance is.
    std::string provenance_key;
};

/// Which of the joined connector objects count: bit i of rule r is whether r applies to objects[i].
class Applicable {
 public:
    /// Evaluates the scopes. One that fails is told in `problems` and counts as it was: what is
    /// joined is in it, and nothing else.
    static Applicable evaluate(Rules& rules, std::span<const Object* const> objects,
                               std::vector<ObjectProblem>& problems);
    /// The object an inbound rule reads; null where none is joined, or it is out of scope.
    const Object* source(std::uint16_t inbound_rule) const;
    /// Whether any inbound rule applies to the i-th object (true where its type has none that could
    /// exclude it).
    bool any(std::size_t i) const { return any_[i]; }

 private:
    std::vector<std::pair<std::uint16_t, const Object*>> sources_;
    std::vector<bool> any_;
};

/// Resolves all scalar attributes of a metaverse type that rules feed, except generated ones: those
/// are taken over from `sticky` (the present attributes). Where a flow fails that could decide, the
/// attribute keeps its present values and `problems` says so. Pure. `trace` may be null.
void resolve(Rules& rules, TypeId type, const Applicable& applicable, const Document& sticky,
             Resolved& result, std::vector<ObjectProblem>& problems,
             std::vector<Contribution>* trace = nullptr);

/// Resolves only what the type's matching keys are made of. False: an expression failed, see
/// rules.problem().
[[nodiscard]] bool resolve_keys(Rules& rules, TypeId type, const Applicable& applicable,
                                Resolved& result);

/// Notes that a generated attribute was given its value.
void note_generated(Resolved& result, AttributeId attribute);

/// The provenance key as readable JSON, for storing:
/// {"mail":"generated","sn":"members","links":["members","accounts"]}.
/// "!" before a rule's name says that it asserted null.
std::string describe_provenance(const RuleBook& book, std::string_view provenance_key);

/// A link some connector object offers for a reference attribute, already mapped to metaverse
/// objects.
struct OfferedLink {
    std::uint16_t rule = 0;  ///< inbound rule
    AttributeId attribute;   ///< metaverse attribute
    ObjectId target;         ///< metaverse object
};

/// Chooses by precedence (or union) among the offered links of one metaverse object; sorts, without
/// repetition, by (attribute, target) into `chosen`. `offered` is reordered.
void resolve_links(const Configuration& configuration, const Applicable& applicable, TypeId type,
                   const RuleBook& book, std::vector<OfferedLink>& offered,
                   std::vector<std::pair<AttributeId, ObjectId>>& chosen);

}  // namespace muster
