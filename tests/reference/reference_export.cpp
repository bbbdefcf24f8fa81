#include <algorithm>

#include "base/dn.h"
#include "base/error.h"
#include "base/text.h"
#include "model/connector_settings.h"
#include "reference/reference_model.h"

namespace muster::testing {

// Planning

void ReferenceModel::project(Person person, Instant now) {
    const auto& m = metaverse_.at(person);
    const bool frozen = m.leaving && m.due > now;
    metaverse_.at(person).doomed = m.leaving && !frozen;
    for (const auto& rule : configuration_.outbound) {
        if (rule.source != m.type) {
            continue;
        }
        bool in_scope = !m.leaving;
        if (in_scope && rule.scope) {
            auto& id = compiled_[&*rule.scope];
            if (!id) {
                id = evaluator_.compile(*rule.scope, rule.source);
            }
            in_scope = evaluator_.test(id, document(person)).value();
        }
        auto order = connector_of(person, rule.target);
        if (frozen) {
            plan_references(rule, person, order);
            continue;
        }
        if (in_scope && contested_.contains({person, rule.target})) {
            if (order != 0 && connectors_.at(order).planned) {
                connectors_.erase(order);
                order = 0;
            }
            if (order == 0) {
                continue;
            }
        }
        const bool creates =
            in_scope && (order == 0 ? rule.provision : connectors_.at(order).planned);
        if (creates && lacks_initial_value(rule, person)) {
            continue;
        }
        if (in_scope && order == 0 && rule.provision) {
            order = ++last_order_;
            connectors_[order].row.type = rule.target;
            connectors_[order].planned = true;
            connectors_[order].joined = person;
        }
        if (order == 0) {
            continue;
        }
        if (in_scope) {
            plan(person, rule, connectors_.at(order).planned, order);
        } else {
            deprovision(rule, person, order);
        }
    }
}

/// Values as a target tells them apart.
std::set<std::string> ReferenceModel::told_apart(AttributeId attribute,
                                                 const std::set<std::string>& values) const {
    std::set<std::string> result;
    for (const auto& value : values) {
        result.insert(respelt_.contains(attribute) ? fold(value) : value);
    }
    return result;
}

/// Whether what is sent only once could not be worked out: nothing is created without it.
bool ReferenceModel::lacks_initial_value(const OutboundRule& rule, Person person) {
    return std::ranges::any_of(rule.flows, [&](const Flow& flow) {
        const auto type = schema_.attribute(flow.target).type;
        return flow.initial_only && type != Type::reference &&
               !evaluate(flow, rule.source, document(person), type);
    });
}

void ReferenceModel::plan_values(const std::vector<Flow>& flows, Person person, bool creating,
                                 Order order) {
    auto& c = connectors_.at(order);
    const auto& m = metaverse_.at(person);
    for (const auto& flow : flows) {
        if (flow.initial_only && !creating) {
            continue;
        }
        const auto& attribute = schema_.attribute(flow.target);
        if (attribute.type != Type::reference) {
            const auto before = creating ? std::set<std::string>{} : c.row.values[flow.target];
            const auto after = evaluate(flow, m.type, document(person), attribute.type);
            if (after && told_apart(flow.target, before) != told_apart(flow.target, *after)) {
                c.pending->values[flow.target] = {before, *after};
            }
        }
    }
}

/// References are kept up as long as the target is joined, in scope or not: nothing shall refer to
/// what is no more.
void ReferenceModel::plan_references(const OutboundRule& rule, Person person, Order order) {
    if (order == 0) {
        return;
    }
    auto& pending = connectors_.at(order).pending;
    if (!pending) {
        pending = Pending{};
    }
    for (const auto& flow : rule.flows) {
        if (schema_.attribute(flow.target).type == Type::reference) {
            pending->references[flow.target] = metaverse_.at(person).links[flow.source];
        }
    }
}

void ReferenceModel::plan(Person person, const OutboundRule& rule, bool creating, Order order) {
    auto& c = connectors_.at(order);
    c.pending = Pending{};
    c.pending->kind = creating ? Pending::Kind::create : Pending::Kind::update;
    if (rule.object_name) {
        const auto names =
            evaluate(*rule.object_name, rule.source, document(person), Type::text).value();
        if (creating || normalize_dn(*names.begin()) != normalize_dn(c.row.name)) {
            c.pending->name = *names.begin();
        }
    }
    plan_values(rule.flows, person, creating, order);
    plan_references(rule, person, order);
    if (creating) {
        c.row.name = c.pending->name;
    }
    const auto anchor = schema_.type(c.row.type).anchor;
    if (anchor.empty() || !c.pending->values.contains(anchor.front())) {
        return;
    }
    const auto wanted = *c.pending->values[anchor.front()].second.begin();
    for (const auto& [other, holder] : connectors_) {  // two objects that ought to be one
        refused_ = refused_ ||
                   (other != order && holder.row.type == c.row.type && holder.row.anchor == wanted);
    }
    if (creating) {
        c.row.anchor = wanted;
    }
}

void ReferenceModel::deprovision(const OutboundRule& rule, Person person, Order order) {
    auto& c = connectors_.at(order);
    if (c.planned) {  // it never reached the target
        connectors_.erase(order);
        return;
    }
    c.pending = Pending{};
    switch (rule.deprovision) {
        case DeprovisionAction::disconnect:
            // The join would be found again at once: it ends with the metaverse object. Until then
            // nothing is sent.
            plan_references(rule, person, order);
            return;
        case DeprovisionAction::erase:
            c.pending->kind = Pending::Kind::erase;
            return;
        case DeprovisionAction::disable:
        case DeprovisionAction::move_and_disable:
            c.pending->kind = Pending::Kind::disable;
            plan_values(rule.disable_flows, person, false, order);
            plan_references(rule, person, order);
            if (rule.deprovision == DeprovisionAction::move_and_disable) {
                c.pending->name =
                    *evaluate(*rule.disabled_name, rule.source, document(person), Type::text)
                         ->begin();
            }
            return;
    }
}

// Sending

Row* ReferenceModel::row_of(MemorySystem& system, const ConnectorObject& connector) const {
    return connector.row.anchor.empty() ? nullptr
                                        : system.find(connector.row.type, connector.row.anchor);
}

void ReferenceModel::send(MemorySystem& system) {
    std::vector<Order> all;
    for (const auto& [order, c] : connectors_) {
        if (schema_.space_of(c.row.type) == system.space && c.pending) {
            all.push_back(order);
        }
    }
    std::erase_if(all, [&](Order order) { return !may_go(system, connectors_.at(order)); });
    for (const auto order : all) {
        settle(system, order);
    }
    // References last, when everything has its name.
    for (const auto order : all) {
        if (connectors_.contains(order)) {
            refer(system, order);
        }
    }
}

/// Whether the system does anything about the object, and what is planned is no creation, deletion
/// or new name where not everything could be read.
bool ReferenceModel::may_go(const MemorySystem& system, const ConnectorObject& connector) const {
    const auto& pending = *connector.pending;
    const auto id = schema_.find_attribute(connector.row.type, "id");
    std::set<std::string> ids;
    if (connector.planned) {
        if (const auto planned = pending.values.find(id); planned != pending.values.end()) {
            ids = planned->second.second;
        }
    } else if (const auto there = connector.row.values.find(id);
               there != connector.row.values.end()) {
        ids = there->second;
    }
    if (std::ranges::any_of(ids, [&](const auto& i) { return system.refused.contains(i); })) {
        return false;
    }
    const auto anchor = schema_.type(connector.row.type).anchor;
    const bool moves =
        !pending.name.empty() && normalize_dn(pending.name) != normalize_dn(connector.row.name);
    return !incomplete_.contains(system.space) ||
           (!connector.planned && pending.kind != Pending::Kind::erase && !moves &&
            (anchor.empty() || !pending.values.contains(anchor.front())));
}

/// Links go with what is to be deleted, when that is tried and not before.
void ReferenceModel::keep_links_to_going(const MemorySystem& system, AttributeId attribute,
                                         const std::set<std::string>& known,
                                         std::set<std::string>& wanted) const {
    for (const auto& [order, c] : connectors_) {
        const auto& text = system.named ? c.row.name : c.row.anchor;
        if (c.pending && c.pending->kind == Pending::Kind::erase && known.contains(text) &&
            schema_.attribute(attribute).refers_to(c.row.type)) {
            wanted.insert(text);
        }
    }
}

/// The object refers to what it ought to; what somebody else had it refer to is left alone.
void ReferenceModel::refer(MemorySystem& system, Order order) {
    auto& c = connectors_.at(order);
    auto* row = row_of(system, c);
    for (const auto& [attribute, targets] : c.pending->references) {
        auto known = c.row.values[attribute];
        known.erase(kForeign);
        std::set<std::string> wanted;
        for (const auto person : targets) {
            const auto target = target_of(person, attribute);
            if (target == 0 || connectors_.at(target).planned) {
                continue;
            }
            const auto& referred = connectors_.at(target);
            auto text = system.named ? referred.row.name : referred.row.anchor;
            if (referred.pending && known.contains(referred.pending->name)) {
                text = referred.pending->name;  // it will be called so again
            }
            if (!referred.pending || referred.pending->kind != Pending::Kind::erase) {
                wanted.insert(text);
            }
        }
        if (incomplete_.contains(system.space)) {
            keep_links_to_going(system, attribute, known, wanted);
        }
        if (row == nullptr || wanted == known) {
            continue;
        }
        c.pending->sent = true;
        auto& values = row->values[attribute];
        std::erase_if(values, [&](const std::string& v) { return known.contains(v); });
        values.insert(wanted.begin(), wanted.end());
        if (values.empty()) {
            row->values.erase(attribute);
        }
    }
    if (row != nullptr && c.pending->sent) {
        c.row = *row;
    }
    c.pending.reset();
}

void ReferenceModel::settle(MemorySystem& system, Order order) {
    auto& c = connectors_.at(order);
    auto* row = row_of(system, c);
    if (c.pending->kind == Pending::Kind::erase) {
        system.erase(c.row.type, c.row.anchor);
        connectors_.erase(order);
        return;
    }
    if (c.planned) {
        const bool taken = system.named ? system.find_name(c.row.name) != nullptr : row != nullptr;
        refused_ = refused_ || taken;
        if (taken) {
            return;
        }
        row = &system.put(c.row);
        c.planned = false;
        c.pending->sent = true;
    } else if (row == nullptr) {
        refused_ = true;
        return;
    }
    c.pending->sent = c.pending->sent || !c.pending->values.empty() || !c.pending->name.empty();
    for (const auto& [attribute, change] : c.pending->values) {
        auto& values = row->values[attribute];
        for (const auto& value : change.first) {
            values.erase(value);
        }
        if (!schema_.attribute(attribute).multi) {
            values.clear();
        }
        for (const auto& value : change.second) {
            values.insert(system.kept(attribute, value));
        }
        if (values.empty()) {
            row->values.erase(attribute);
        }
    }
    if (!c.pending->name.empty()) {
        const auto* holder = system.find_name(c.pending->name);
        refused_ = refused_ || (holder != nullptr && holder != row);
        row->name = c.pending->name;
    }
    if (const auto& anchor = schema_.type(c.row.type).anchor; !anchor.empty()) {
        const auto now = *row->values[anchor.front()].begin();
        refused_ = refused_ || (now != row->anchor && system.find(row->type, now) != nullptr);
        row->anchor = now;
    }
    c.row = c.pending->sent ? *row : c.row;
}

}  // namespace muster::testing
