#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expression.h"
#include "model/configuration.h"
#include "model/equality.h"
#include "model/matching.h"
#include "model/object.h"

namespace muster {

/// What happened to one object that keeps it from being worked on; becomes an item of the run.
struct ObjectProblem {
    std::string code;     ///< short and stable: "expression-error"
    std::string message;  ///< what is wrong, with the rule and attribute
    friend bool operator==(const ObjectProblem&, const ObjectProblem&) = default;
};

/// A reference attribute's way through a rule, from one side to the other.
struct ReferenceFlow {
    std::uint16_t rule = 0;  ///< position in Configuration::inbound or ::outbound
    AttributeId from;
    AttributeId to;
    bool initial_only = false;
    /// Inbound: what `from` leads to may be joined to metaverse objects that `to` does not refer
    /// to.
    bool sifted = false;
};

/// A connector attribute that gets a generated value as it is.
struct UniqueValue {
    KeyId key;
    AttributeId attribute;
};

/// A value of a matching key.
struct KeyValue {
    KeyId key;
    std::string value;
    friend auto operator<=>(const KeyValue&, const KeyValue&) = default;
};

/// A configuration arranged by the types it concerns, and how its systems compare. Shared by
/// threads; the configuration must outlive it.
class RuleBook {
 public:
    explicit RuleBook(const Configuration& configuration);

    struct ConnectorType {
        std::vector<std::uint16_t> inbound;  ///< positions of the rules reading it
        bool scoped = false;                 ///< has rules, and every one of them has a scope
        bool joins = false;                  ///< a rule can join or project it
        bool evaluated = false;              ///< by expressions, of flows or scopes
        std::vector<AttributeId> direct;     ///< that flow as they are; unordered
        bool feeds_keys = false;             ///< a flow of it leads into a matching key's attribute
        std::vector<ReferenceFlow> references;  ///< inbound, by source attribute
        std::vector<std::uint16_t> outbound;    ///< the rules writing it: one a metaverse type
        std::vector<TypeId> metaverse;          ///< types whose objects rules tie to its own
        std::vector<AttributeId> attributes_by_reference;  ///< reference attributes of the type
        std::vector<UniqueValue> unique;  ///< what it is given that must not be given twice
        /// What scopes, joins, names, anchors and generated values of a new object are made of, by
        /// way of the flows, too; ascending.
        std::vector<AttributeId> deciding;
    };
    struct MetaverseType {
        std::vector<AttributeId> scalars;     ///< that rules feed, ascending
        std::vector<AttributeId> generated;   ///< unique values handed out
        std::vector<AttributeId> references;  ///< that rules feed, ascending
        std::vector<std::uint16_t> outbound;  ///< positions of the rules it is projected by
        std::vector<KeyId> keys;
        std::vector<AttributeId> key_attributes;  ///< scalars that any of the keys is made of
        std::vector<SpaceId> deletion_sources;
        std::vector<ReferenceFlow> target_references;  ///< outbound, in order of rules
    };
    static constexpr std::uint16_t kNone = 0xFFFF;

    const Configuration& configuration() const { return configuration_; }
    const Schema& schema() const { return configuration_.schema; }
    const ConnectorType& connector_type(TypeId id) const { return connector_types_[id.value]; }
    const MetaverseType& metaverse_type(TypeId id) const { return metaverse_types_[id.value]; }
    bool is_written(TypeId connector_type) const {
        return !this->connector_type(connector_type).outbound.empty();
    }
    /// Whether any inbound flow of references has to look at the types of what they lead to.
    bool sifts() const { return sifts_; }
    /// The rule from a metaverse type to a connector type; kNone where there is none.
    std::uint16_t outbound(TypeId metaverse_type, TypeId connector_type) const;
    /// How the system of a connector attribute tells its values apart.
    Equality equality(AttributeId attribute) const {
        const auto found = equalities_.find(attribute);
        return found == equalities_.end() ? Equality::exact : found->second;
    }
    /// What the systems have said about that; before other threads look.
    void compare_by(Equalities equalities) { equalities_ = std::move(equalities); }
    /// Whether an attribute can be written and not read: what is there is known to nobody.
    bool write_only(AttributeId attribute) const {
        return std::ranges::binary_search(write_only_, attribute);
    }

 private:
    void arrange_inbound();
    void arrange_outbound();
    void arrange_metaverse();
    void arrange_ties();
    bool sifts(const Flow& flow) const;
    void arrange_unique(const OutboundRule& rule);
    void arrange_deciding();
    void arrange_write_only();

    const Configuration& configuration_;
    std::vector<ConnectorType> connector_types_;  ///< by TypeId
    std::vector<MetaverseType> metaverse_types_;  ///< by TypeId
    bool sifts_ = false;
    Equalities equalities_;
    std::vector<AttributeId> write_only_;  ///< ascending
};

/// A RuleBook with its expressions compiled: what evaluates rules, in one thread.
class Rules {
 public:
    /// Throws Error(configuration) where an expression does not compile.
    explicit Rules(const RuleBook& book);

    const RuleBook& book() const { return book_; }

    /// Whether an inbound rule applies to the object; nothing: see problem().
    [[nodiscard]] std::optional<bool> in_scope(std::uint16_t inbound, const Object& object);
    /// The same for an outbound rule and the attributes of a metaverse object.
    [[nodiscard]] std::optional<bool> projects(std::uint16_t outbound, const Document& metaverse);

    /// Values one inbound flow offers; views valid until the next call. False: see problem().
    [[nodiscard]] bool contribute(FlowRef flow, const Object& object,
                                  std::vector<std::string_view>& values);
    /// Values one outbound flow asks for. `disabling` picks from the rule's disable_flows.
    [[nodiscard]] bool ask(std::uint16_t outbound, std::uint16_t flow, bool disabling,
                           const Document& metaverse, std::vector<std::string_view>& values);
    /// The name an outbound rule gives; empty where it gives none. `disabled` for its
    /// disabled_name.
    [[nodiscard]] std::optional<std::string_view> name(std::uint16_t outbound, bool disabled,
                                                       const Document& metaverse);
    /// The candidate number `count` for a generated attribute.
    [[nodiscard]] std::optional<std::string_view> generate(AttributeId attribute,
                                                           const Document& metaverse,
                                                           std::int64_t count);

    const ObjectProblem& problem() const { return problem_; }

 private:
    struct CompiledFlows {
        ExpressionId scope;
        std::vector<ExpressionId> flows;
        std::vector<ExpressionId> disable_flows;
        ExpressionId name;
        ExpressionId disabled_name;
    };
    bool values_of(const Flow& flow, ExpressionId expression, const Document& document,
                   std::string_view rule, std::vector<std::string_view>& values);
    std::optional<bool> test(ExpressionId scope, const Document& document, std::string_view rule);
    std::optional<std::string_view> text_of(ExpressionId expression, const Document& document,
                                            std::int64_t count);

    const RuleBook& book_;
    Evaluator evaluator_;
    std::vector<CompiledFlows> inbound_;
    std::vector<CompiledFlows> outbound_;
    std::vector<ExpressionId> generators_;  ///< by AttributeId
    std::vector<std::string_view> scratch_;
    ObjectProblem problem_;
};

/// The keys that the store is to have of an object: of a metaverse object all it has, of a
/// connector object those it waits for, while it does, and those it holds that must be unique.
/// Ascending, each once; `keys` empty before.
void stored_keys(const RuleBook& book, TypeId type, const Document& attributes, bool waiting,
                 std::vector<KeyValue>& keys);

}  // namespace muster
