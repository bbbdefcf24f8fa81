#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expression.h"
#include "model/configuration.h"
#include "model/object.h"

namespace muster {

/// What happened to one object that keeps it from being worked on; becomes an item of the run.
struct ObjectProblem {
    std::string code;     ///< short and stable: "expression-error"
    std::string message;  ///< what is wrong, with the rule and attribute
};

/// A reference attribute's way through a rule, from one side to the other.
struct ReferenceFlow {
    std::uint16_t rule = 0;  ///< position in Configuration::inbound or ::outbound
    AttributeId from;
    AttributeId to;
    bool initial_only = false;
};

/// A configuration arranged by the types it concerns. Immutable; shared by threads; the
/// configuration must outlive it.
class RuleBook {
 public:
    explicit RuleBook(const Configuration& configuration);

    struct ConnectorType {
        std::vector<std::uint16_t> inbound;  ///< positions of the rules reading it
        bool scoped = false;                 ///< has rules, and every one of them has a scope
        bool joins = false;                  ///< a rule can join or project it
        bool feeds_keys = false;             ///< a flow of it leads into a matching key's attribute
        std::vector<ReferenceFlow> references;             ///< inbound, by source attribute
        std::uint16_t outbound = kNone;                    ///< the rule writing it, if any
        std::vector<AttributeId> attributes_by_reference;  ///< reference attributes of the type
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
    /// The outbound rule from a metaverse type to a connector type, or null.
    const OutboundRule* outbound_to(TypeId connector_type) const;

 private:
    void arrange_inbound();
    void arrange_outbound();
    void arrange_metaverse();

    const Configuration& configuration_;
    std::vector<ConnectorType> connector_types_;  ///< by TypeId
    std::vector<MetaverseType> metaverse_types_;  ///< by TypeId
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
    /// The n-th candidate for a generated attribute.
    [[nodiscard]] std::optional<std::string_view> generate(AttributeId attribute,
                                                           const Document& metaverse,
                                                           std::int64_t n);

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
                                            std::int64_t n);

    const RuleBook& book_;
    Evaluator evaluator_;
    std::vector<CompiledFlows> inbound_;
    std::vector<CompiledFlows> outbound_;
    std::vector<ExpressionId> generators_;  ///< by AttributeId
    std::vector<std::string_view> scratch_;
    ObjectProblem problem_;
};

/// Folded values of some attributes of a document, as a matching key has them: one per value of a
/// single attribute; one, joined, for several attributes; none where one of them is missing.
/// Appends.
void matching_values(std::span<const AttributeId> attributes, const Document& document,
                     std::vector<std::string>& values);

}  // namespace muster
