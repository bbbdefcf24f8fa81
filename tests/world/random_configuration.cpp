#include "world/random_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"

namespace muster::testing {

namespace {

Expression expression(std::string source) {
    return {std::move(source), {"random.yaml", 1, 1}};
}

class Builder {
 public:
    Builder(Dice& dice, Manner manner) : dice_(dice), manner_(manner) {}

    RandomConfiguration build() {
        schema().add_space("metaverse");
        metaverse_types();
        const auto sources = 2 + dice_.below(3);
        for (std::size_t i = 0; i < sources; ++i) {
            result_.sources.push_back(system("source" + std::to_string(i + 1), 30, i == 0));
        }
        const auto targets = 1 + dice_.below(2);
        for (std::size_t i = 0; i < targets; ++i) {
            result_.targets.push_back(system("target" + std::to_string(i + 1), 60, i == 0));
        }
        configuration().metaverse_attributes.resize(schema().attributes().size());
        for (const auto source : result_.sources) {
            inbound_rules(source);
        }
        for (const auto target : result_.targets) {
            outbound_rules(target);
        }
        metaverse_rules();
        return std::move(result_);
    }

 private:
    Configuration& configuration() { return result_.configuration; }
    Schema& schema() { return result_.configuration.schema; }
    AttributeId attribute(TypeId type, std::string_view name) {
        return schema().find_attribute(type, name);
    }

    void metaverse_types() {
        static const std::vector<std::string> names{"person", "group", "unit"};
        const auto count = 1 + dice_.below(names.size());
        for (std::size_t t = 0; t < count; ++t) {
            std::vector<Schema::NewAttribute> attributes{
                {"id", Type::text}, {"code", Type::text}, {"flag", Type::boolean}};
            const auto scalars = 1 + dice_.below(4);
            for (std::size_t i = 0; i < scalars; ++i) {
                const auto type = kAllTypes[dice_.below(std::size(kAllTypes) - 1)];
                attributes.push_back({"v" + std::to_string(i), type, dice_.chance(30)});
            }
            const auto references = dice_.below(3);
            for (std::size_t i = 0; i < references; ++i) {
                attributes.push_back({"r" + std::to_string(i), Type::reference, dice_.chance(70)});
            }
            if (manner_ != Manner::tame && dice_.chance(30)) {
                attributes.push_back({"mail", Type::text});
            }
            schema().add_type(kMetaverse, names[t], std::move(attributes));
        }
        const auto types = schema().space(kMetaverse).types;
        for (const auto type : types) {
            for (const auto& a : schema().attributes(type)) {
                if (a.type == Type::reference) {
                    std::vector<TypeId> to{dice_.pick(types)};
                    if (const auto other = dice_.pick(types); other != to[0] && dice_.chance(50)) {
                        to.push_back(other);
                    }
                    schema().set_targets(a.id, std::move(to));
                }
            }
        }
    }

    /// A system with a connector type for most (`all`: every one) of the metaverse types.
    SpaceId system(const std::string& name, unsigned percent_named, bool all) {
        const bool named = dice_.chance(percent_named);
        const auto space = schema().add_space(name);
        configuration().systems.push_back(
            {space, name, named ? "ldap" : "csv", {}, {}, {"random.yaml", 1, 1}});
        std::vector<TypeId> mirrored;
        for (const auto type : schema().space(kMetaverse).types) {
            if (all || dice_.chance(75)) {
                mirrored.push_back(type);
            }
        }
        if (mirrored.empty()) {
            mirrored.push_back(schema().space(kMetaverse).types.front());
        }
        const bool one_for_two = named && !is_source() && mirrored.size() > 1 && dice_.chance(40);
        for (const auto type : mirrored) {
            const auto own = schema().type(type).name;
            if (one_for_two && type == mirrored[1]) {
                mirrors_[schema().space(space).types.front()].push_back(type);
                continue;
            }
            connector_type(space, own, type, mirrored, named);
            // A second account. In sources the order in which types are read would decide who joins
            // whom and who is handed out what.
            if (dice_.chance(20) && !is_source()) {
                connector_type(space, own + "2", type, mirrored, named);
            }
        }
        for (const auto type : schema().space(space).types) {
            for (const auto& a : schema().attributes(type)) {
                if (a.type == Type::reference) {
                    schema().set_targets(a.id, targets_of(space, type, a, named));
                }
            }
        }
        return space;
    }

    bool is_source() const { return result_.configuration.systems.back().name[0] == 's'; }

    /// The types of a system whose objects stand for those that its mirrors' attribute leads to.
    std::vector<TypeId> targets_of(SpaceId space, TypeId type, const Attribute& of, bool named) {
        std::vector<TypeId> all;
        for (const auto mirror : mirrors_.at(type)) {
            const auto reference = attribute(mirror, of.name);
            for (const auto to :
                 reference ? schema().attribute(reference).targets : std::vector<TypeId>{}) {
                for (const auto candidate : schema().space(space).types) {
                    if (std::ranges::count(mirrors_.at(candidate), to) > 0 &&
                        std::ranges::count(all, candidate) == 0) {
                        all.push_back(candidate);
                    }
                }
            }
        }
        const auto other = dice_.pick(schema().space(space).types);
        if (dice_.chance(10) && std::ranges::count(all, other) == 0) {
            all.push_back(other);  // what is there, and must not flow
        }
        dice_.shuffle(all);
        if (!is_source() && !named) {
            all.resize(1);  // ids of objects of several types may be the same there
        }
        return all;
    }

    void connector_type(SpaceId space, const std::string& name, TypeId mirror,
                        const std::vector<TypeId>& mirrored, bool named) {
        std::vector<Schema::NewAttribute> attributes{
            {"key", Type::text}, {"hidden", Type::boolean}, {"id", Type::text}};
        for (const auto& a : schema().attributes(mirror)) {
            const bool reachable =
                a.type != Type::reference || std::ranges::any_of(a.targets, [&](TypeId to) {
                    return std::ranges::count(mirrored, to) > 0;
                });
            if (a.name != "id" && reachable && (a.name == "code" || dice_.chance(70))) {
                attributes.push_back({a.name, a.type, a.multi});
            }
        }
        const auto type = schema().add_type(space, name, std::move(attributes));
        mirrors_[type] = {mirror};
        if (!named) {
            schema().set_anchor(type, {attribute(type, is_source() ? "key" : "id")});
        }
        configuration().systems.back().types.push_back({type, {}, {}, {}, {"random.yaml", 1, 1}});
        for (const auto& a : schema().attributes(type)) {
            if (!is_source() && a.name[0] == 'v' && !a.multi && fails_sometimes(15)) {
                configuration().systems.back().types.back().attributes.push_back(
                    {a.id, {{"write_only", true}}});
            }
        }
    }

    MatchingRule match(TypeId mirror, TypeId type, const std::vector<std::string>& names) {
        MatchingRule rule;
        std::vector<AttributeId> metaverse;
        for (const auto& name : names) {
            metaverse.push_back(attribute(mirror, name));
            rule.connector.push_back(attribute(type, name));
        }
        rule.key = schema().add_key(mirror, std::move(metaverse));
        return rule;
    }

    void inbound_rules(SpaceId system) {
        for (const auto type : schema().space(system).types) {
            const auto mirror = mirrors_.at(type).front();
            InboundRule rule;
            rule.name = schema().space(system).name + "-" + schema().type(type).name;
            rule.system = system;
            rule.source = type;
            rule.target = mirror;
            rule.project = system == result_.sources.front() || dice_.chance(50);
            if (rule.project) {
                rule.join.push_back(match(mirror, type, {"id"}));
            } else {
                static const std::vector<std::vector<std::vector<std::string>>> ways{
                    {{"id"}},
                    {{"code"}},
                    {{"code"}, {"id"}},
                    {{"id", "code"}},
                    {{"id", "code"}, {"code"}}};
                for (const auto& names : dice_.pick(ways)) {
                    rule.join.push_back(match(mirror, type, names));
                }
            }
            if (dice_.chance(30)) {
                rule.scope =
                    expression(fails_sometimes(30)
                                   ? "hidden == nil and id == \"i2\" and id .. nil or not hidden"
                                   : "not hidden");
            }
            inbound_flows(rule);
            configuration().inbound.push_back(std::move(rule));
        }
    }

    void inbound_flows(InboundRule& rule) {
        for (const auto& a : schema().attributes(rule.source)) {
            const auto to = attribute(rule.target, a.name);
            if (!to || a.name == "mail") {
                continue;
            }
            if (a.name != "id" && (a.name == "code" ? !rule.project : dice_.chance(15))) {
                continue;
            }
            Flow flow;
            flow.target = to;
            flow.source = a.id;
            if (a.name[0] == 'v' && a.type == Type::text && !a.multi && dice_.chance(40)) {
                flow.kind = dice_.chance(30) ? Flow::Kind::constant : Flow::Kind::expression;
                flow.constant = "constant of " + rule.name;
                flow.expression = failing_for_x("text.upper(" + a.name + ")", a.name);
            }
            flow.assert_null = a.name[0] == 'v' && dice_.chance(10);
            rule.flows.push_back(std::move(flow));
        }
    }

    bool fails_sometimes(unsigned percent) {
        return manner_ == Manner::hostile && dice_.chance(percent);
    }
    Expression failing_for_x(const std::string& source, const std::string& variable) {
        return expression(
            fails_sometimes(40)
                ? fmt::format("text.lower({0}) == \"x\" and {0} .. nil or {1}", variable, source)
                : source);
    }

    void outbound_rules(SpaceId system) {
        for (const auto type : schema().space(system).types) {
            for (const auto mirror : mirrors_.at(type)) {
                outbound_rule(system, type, mirror);
            }
        }
    }

    void outbound_rule(SpaceId system, TypeId type, TypeId mirror) {
        OutboundRule rule;
        rule.name = schema().space(system).name + "-" + schema().type(type).name + "-" +
                    schema().type(mirror).name;
        rule.source = mirror;
        rule.system = system;
        rule.target = type;
        rule.provision = dice_.chance(90);
        rule.deprovision = dice_.pick(std::vector{
            DeprovisionAction::erase, DeprovisionAction::erase, DeprovisionAction::disable,
            DeprovisionAction::move_and_disable, DeprovisionAction::disconnect});
        const bool narrow = rule.deprovision != DeprovisionAction::disconnect && dice_.chance(40);
        rule.scope = expression(narrow ? "id and not flag" : "id");
        const bool named = configuration().system(system).connector == "ldap";
        name(rule, named);
        outbound_flows(rule);
        configuration().outbound.push_back(std::move(rule));
        if (configuration().outbound.back().deprovision == DeprovisionAction::disconnect ||
            dice_.chance(50)) {
            take_over(system, type, mirror);
        }
    }

    void name(OutboundRule& rule, bool named) {
        const bool id_may_go = manner_ != Manner::tame;  // and with it the name to move to
        if (rule.deprovision == DeprovisionAction::move_and_disable && (!named || id_may_go)) {
            rule.deprovision = DeprovisionAction::disable;
        }
        if (!named) {
            return;
        }
        const auto rest = ", \"ou=" + schema().type(rule.target).name +
                          ",ou=" + schema().type(rule.source).name + ",dc=test\")";
        rule.object_name =
            expression(dice_.chance(50) ? "dn.join(dn.rdn(\"cn\", id)" + rest
                                        : "dn.join(dn.rdn(\"cn\", id), flag == nil and \"ou=a\" or "
                                          "\"ou=b\"" +
                                              rest);
        if (rule.deprovision == DeprovisionAction::move_and_disable) {
            rule.disabled_name = expression("dn.join(dn.rdn(\"cn\", id), \"ou=gone\"" + rest);
        }
    }

    void outbound_flows(OutboundRule& rule) {
        for (const auto& a : schema().attributes(rule.target)) {
            auto from = attribute(rule.source, a.name);
            if (from && (schema().attribute(from).type != a.type ||
                         (schema().attribute(from).multi && !a.multi))) {
                from = {};  // it mirrors an attribute of another type
            }
            Flow flow;
            flow.target = a.id;
            flow.source = from;
            if (a.name == "hidden") {  // says whether the account is disabled
                flow.kind = Flow::Kind::constant;
                flow.constant = "true";
                rule.disable_flows.push_back(flow);
                flow.constant = "false";
            } else if (!from || (a.name != "id" && a.name != "mail" && dice_.chance(15))) {
                continue;
            }
            if (a.name[0] == 'v') {
                flow.initial_only = dice_.chance(15);
                if (a.type == Type::text && !a.multi && dice_.chance(30)) {
                    flow.kind = Flow::Kind::expression;
                    flow.expression = failing_for_x("text.lower(" + a.name + ")", a.name);
                }
            }
            rule.flows.push_back(std::move(flow));
        }
        if (rule.deprovision != DeprovisionAction::disable &&
            rule.deprovision != DeprovisionAction::move_and_disable) {
            rule.disable_flows.clear();
        }
    }

    /// Objects found in a target are joined, so that they are not added a second time.
    void take_over(SpaceId system, TypeId type, TypeId mirror) {
        InboundRule rule;
        rule.name = "take-over-" + schema().space(system).name + "-" + schema().type(type).name +
                    "-" + schema().type(mirror).name;
        rule.system = system;
        rule.source = type;
        rule.target = mirror;
        rule.join.push_back(match(mirror, type, {"id"}));
        configuration().inbound.push_back(std::move(rule));
    }

    void metaverse_rules() {
        for (std::size_t r = 0; r < configuration().inbound.size(); ++r) {
            const auto& flows = configuration().inbound[r].flows;
            for (std::size_t f = 0; f < flows.size(); ++f) {
                configuration()
                    .metaverse_attributes[flows[f].target.value - 1u]
                    .contributions.push_back(
                        {static_cast<std::uint16_t>(r), static_cast<std::uint16_t>(f)});
            }
        }
        for (const auto type : schema().space(kMetaverse).types) {
            for (const auto& a : schema().attributes(type)) {
                auto& rules = configuration().metaverse_attributes[a.id.value - 1u];
                dice_.shuffle(rules.contributions);
                rules.merge_union = a.multi && dice_.chance(40);
                for (const auto& c : rules.contributions) {  // who asserts null outranks; there is
                                                             // no rank in a union
                    auto& flow = configuration().inbound[c.rule].flows[c.flow];
                    flow.assert_null = flow.assert_null && !rules.merge_union;
                }
                if (a.name == "mail") {
                    rules.generate = expression(
                        "text.first(code or id, 1) .. (count > 0 and tostring(count) or \"\") .. "
                        "\"@test\"");
                    rules.generate_for = attribute(type, "id");
                    schema().add_key(type, {a.id}, KeyUse::unique);
                }
            }
            DeletionRule deletion;
            deletion.grace = std::chrono::hours(dice_.chance(50) ? 0 : 24);
            for (const auto source : result_.sources) {
                if (dice_.chance(20)) {
                    deletion.sources.push_back(source);
                }
            }
            configuration().deletion_rules.push_back(deletion);
        }
    }

    Dice& dice_;
    Manner manner_;
    RandomConfiguration result_;
    std::map<TypeId, std::vector<TypeId>> mirrors_;  ///< metaverse types of connector types
};

}  // namespace

RandomConfiguration random_configuration(Dice& dice, Manner manner) {
    return Builder(dice, manner).build();
}

}  // namespace muster::testing
