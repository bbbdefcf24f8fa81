#include "base/hash.h"
#include "config/build.h"
#include "model/foreign.h"

namespace muster::config {

namespace {

/// Feeds a configuration to a digester by names, so that positions (ids) do not matter.
class Dump {
 public:
    explicit Dump(const Configuration& configuration)
        : configuration_(configuration), schema_(configuration.schema) {}

    Digest run() {
        for (const auto& space : schema_.spaces()) {
            out_.add(space.name);
            out_.add(space.types.size());
            for (const auto id : space.types) {
                type(schema_.type(id));
            }
        }
        for (const auto& attribute : configuration_.metaverse_attributes) {
            metaverse_attribute(attribute);
        }
        for (const auto& system : configuration_.systems) {
            for (const auto& type : system.types) {
                foreign(type);
            }
        }
        for (const auto& rule : configuration_.deletion_rules) {
            out_.add(rule.sources.size());
            for (const auto source : rule.sources) {
                out_.add(schema_.space(source).name);
            }
            number(rule.grace.count());
        }
        out_.add(configuration_.inbound.size());
        for (const auto& rule : configuration_.inbound) {
            inbound(rule);
        }
        out_.add(configuration_.outbound.size());
        for (const auto& rule : configuration_.outbound) {
            outbound(rule);
        }
        out_.add(configuration_.removed.size());
        for (const auto& thing : configuration_.removed) {
            out_.add(thing);
        }
        return out_.finish();
    }

 private:
    template <class Number>
    void number(Number n) {
        out_.add(static_cast<std::uint64_t>(n));
    }
    void name(TypeId id) { out_.add(id ? full_name(schema_, id) : std::string()); }
    void name(AttributeId id) { out_.add(id ? full_name(schema_, id) : std::string()); }

    void type(const ObjectType& type) {
        out_.add(type.name);
        number(type.count);
        for (const auto& attribute : schema_.attributes(type.id)) {
            out_.add(attribute.name);
            number(attribute.type);
            number(attribute.multi);
            number(attribute.targets.size());
            for (const auto target : attribute.targets) {
                name(target);
            }
        }
        number(type.anchor.size());
        for (const auto id : type.anchor) {
            name(id);
        }
    }

    void foreign(const TypeSettings& type) {
        for (const auto& [attribute, settings] : type.attributes) {
            if (!keeps_foreign(configuration_, attribute)) {
                name(attribute);
            }
        }
    }

    void metaverse_attribute(const MetaverseAttribute& attribute) {
        number(attribute.contributions.size());
        for (const auto ref : attribute.contributions) {
            number(ref.rule);
            number(ref.flow);
        }
        number(attribute.merge_union);
        expression(attribute.generate);
        name(attribute.generate_for);
        number(attribute.generate_keep.size());
        for (const auto id : attribute.generate_keep) {
            name(id);
        }
    }

    void expression(const std::optional<Expression>& expression) {
        number(expression.has_value());
        out_.add(expression ? std::string_view(expression->source) : std::string_view());
    }

    void flows(const std::vector<Flow>& flows) {
        number(flows.size());
        for (const auto& flow : flows) {
            name(flow.target);
            number(flow.kind);
            name(flow.source);
            out_.add(flow.constant);
            out_.add(flow.expression.source);
            number(flow.assert_null);
            number(flow.initial_only);
        }
    }

    void inbound(const InboundRule& rule) {
        out_.add(rule.name);
        name(rule.source);
        name(rule.target);
        expression(rule.scope);
        number(rule.project);
        number(rule.join.size());
        for (const auto& matching : rule.join) {
            out_.add(schema_.key(matching.key).name);
            number(matching.connector.size());
            for (const auto id : matching.connector) {
                name(id);
            }
        }
        flows(rule.flows);
    }

    void outbound(const OutboundRule& rule) {
        out_.add(rule.name);
        name(rule.source);
        name(rule.target);
        expression(rule.scope);
        number(rule.provision);
        expression(rule.object_name);
        flows(rule.flows);
        number(rule.deprovision);
        flows(rule.disable_flows);
        expression(rule.disabled_name);
    }

    const Configuration& configuration_;
    const Schema& schema_;
    Digester out_;
};

}  // namespace

Digest digest_of(const Configuration& configuration) {
    return Dump(configuration).run();
}

}  // namespace muster::config
