#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "engine/expression.h"
#include "reference/metaverse_state.h"
#include "world/world.h"

namespace muster::testing {

/// The semantics of a run in the simplest words: everything is in memory, every synchronisation
/// works out everything anew, nothing is paged, incremental or parallel. Shares with the engine the
/// plain data, the folding of texts and the expression evaluator, and nothing else.
class ReferenceModel {
 public:
    explicit ReferenceModel(const Configuration& configuration);

    /// What one run() does, to the metaverse and to the systems outside.
    void run(const Run& run, Instant now, Systems& systems);

    std::vector<MetaverseObject> metaverse() const;
    /// Whether an export could not be made for reasons of the target's own (a name taken, …).
    bool refused() const { return refused_; }

 private:
    using Order = int;   ///< of a connector object: in order of first appearance
    using Person = int;  ///< a metaverse object; 0: none

    /// What a connector object has still to be told.
    struct Pending {
        enum class Kind : std::uint8_t { create, update, disable, erase } kind = Kind::update;
        std::string name;  ///< empty: as it is
        std::map<AttributeId, std::pair<std::set<std::string>, std::set<std::string>>>
            values;                                          ///< before, after
        std::map<AttributeId, std::set<Person>> references;  ///< all there shall be
        bool sent = false;  ///< something of it was: what is there now is read again
    };
    struct ConnectorObject {
        Row row;  ///< as last read; empty while it is only planned
        bool planned = false;
        bool gone = false;
        /// It is missing, and may be one of the rows without a key while there are more than these.
        std::optional<std::size_t> hidden;
        std::set<AttributeId> unread;  ///< as it was last read, these could not be understood
        Person joined = 0;
        std::optional<Pending> pending;
    };
    struct Values {
        std::set<std::string> values;
        std::set<std::string> winners;
    };
    struct MetaverseRow {
        TypeId type;
        bool leaving = false;
        bool claimed = false;  ///< a deletion source has had it
        Instant due;
        bool doomed = false;  ///< it was due when last synchronised
        std::map<AttributeId, Values> values;
        std::map<AttributeId, Values> before;  ///< when this sync began
        std::map<AttributeId, Values> held;    ///< before this round of joins, which also go by it
        std::map<AttributeId, std::set<Person>> links;
    };

    // Import
    void import(const MemorySystem& system);
    Order find(TypeId type, const Row& row, bool named) const;
    void take_in(ConnectorObject& connector, const Row& row, const MemorySystem& system) const;
    void miss(const MemorySystem& system, const std::set<Order>& seen,
              const std::map<TypeId, std::size_t>& keyless);

    // Synchronisation
    void sync(Instant now);
    void take_down();
    bool join(ConnectorObject& connector);
    bool claim(Person person, TypeId type);
    void resolve(Person person);
    void resolve_attribute(Person person, const Attribute& attribute);
    void resolve_links(Person person);
    void generate(Person person);
    bool is_held_by_another(Person person, AttributeId attribute, const std::string& value) const;
    void leave_or_return(Person person, Instant now);
    bool is_let_go(TypeId metaverse, TypeId connector) const;
    void erase_leavers();
    void project(Person person, Instant now);
    void plan(Person person, const OutboundRule& rule, bool creating, Order order);
    void deprovision(const OutboundRule& rule, Person person, Order order);
    bool lacks_initial_value(const OutboundRule& rule, Person person);
    void plan_references(const OutboundRule& rule, Person person, Order order);
    void plan_values(const std::vector<Flow>& flows, Person person, bool creating, Order order);

    bool waits_for_value(const ConnectorObject& connector) const;
    bool decides(const InboundRule& rule, AttributeId attribute) const;
    bool applies(const InboundRule& rule, const ConnectorObject& connector);
    bool applies_at_all(const ConnectorObject& connector);
    std::vector<Order> connectors(Person person) const;
    std::set<std::string> told_apart(AttributeId attribute,
                                     const std::set<std::string>& values) const;
    Order connector_of(Person person, TypeId type) const;
    /// The person's object that a target's attribute refers to.
    Order target_of(Person person, AttributeId attribute) const;
    bool has_source(Person person);
    bool is_claimed(Person person) const;
    std::set<std::string> keys(const std::vector<AttributeId>& attributes,
                               const std::map<AttributeId, std::set<std::string>>& values) const;
    Order referred(AttributeId attribute, const std::string& text, bool named) const;
    std::set<Person> offered_links(Person person, FlowRef contribution);
    Document document(Person person) const;

    // Export
    void send(MemorySystem& system);
    bool may_go(const MemorySystem& system, const ConnectorObject& connector) const;
    void settle(MemorySystem& system, Order order);
    void refer(MemorySystem& system, Order order);
    void keep_links_to_going(const MemorySystem& system, AttributeId attribute,
                             const std::set<std::string>& known,
                             std::set<std::string>& wanted) const;
    Row* row_of(MemorySystem& system, const ConnectorObject& connector) const;

    /// Nothing where the expression fails.
    std::optional<std::set<std::string>> evaluate(const Flow& flow, TypeId type,
                                                  const Document& document, Type result);
    std::optional<std::set<std::string>> evaluate(const Expression& expression, TypeId type,
                                                  const Document& document, Type result,
                                                  std::optional<std::int64_t> count = {});

    const Configuration& configuration_;
    const Schema& schema_;
    Evaluator evaluator_;
    std::map<const Expression*, ExpressionId> compiled_;
    std::map<TypeId, std::size_t> keyless_;  ///< rows without a key, in the last read of a type
    std::set<AttributeId> respelt_;          ///< case does not count in them, as their systems said
    std::set<SpaceId> incomplete_;           ///< systems of which the last read missed something
    std::map<Order, ConnectorObject> connectors_;
    std::map<Person, MetaverseRow> metaverse_;
    std::map<std::pair<AttributeId, std::string>, std::string> reserved_;  ///< folded value → owner
    std::map<std::pair<AttributeId, std::string>, std::string> handed_out_;  ///< owner → value
    /// Who may be meant by an object of the type that others match as well.
    std::set<std::pair<Person, TypeId>> contested_;
    Order last_order_ = 0;
    Person last_person_ = 0;
    bool refused_ = false;
};

}  // namespace muster::testing
