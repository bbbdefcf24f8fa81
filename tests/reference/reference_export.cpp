#include <algorithm>

#include "base/dn.h"
#include "base/error.h"
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
            if (before != after) {
                c.pending->values[flow.target] = {before, after};
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
        const auto names = evaluate(*rule.object_name, rule.source, document(person), Type::text);
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
            plan_values(rule.disable_flows, person, false, order);
            plan_references(rule, person, order);
            if (rule.deprovision == DeprovisionAction::move_and_disable) {
                c.pending->name =
                    *evaluate(*rule.disabled_name, rule.source, document(person), Type::text)
                         .begin();
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
    for (const auto order : all) {
        settle(system, order);
    }
    // References last, when everything has its name.
    for (const auto order : all) {
        if (!connectors_.contains(order)) {
            continue;
        }
        auto& c = connectors_.at(order);
        auto* row = row_of(system, c);
        for (const auto& [attribute, targets] : c.pending->references) {
            std::set<std::string> texts;
            for (const auto person : targets) {
                const auto target = target_of(person, attribute);
                if (target != 0 && !connectors_.at(target).planned) {
                    const auto& referred = connectors_.at(target).row;
                    texts.insert(system.named ? referred.name : referred.anchor);
                }
            }
            if (row != nullptr) {
                row->values[attribute] = texts;
                if (texts.empty()) {
                    row->values.erase(attribute);
                }
            }
        }
        if (row != nullptr) {
            c.row = *row;
        }
        c.pending.reset();
    }
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
    } else if (row == nullptr) {
        refused_ = true;
        return;
    }
    for (const auto& [attribute, change] : c.pending->values) {
        auto& values = row->values[attribute];
        for (const auto& value : change.first) {
            values.erase(value);
        }
        if (!schema_.attribute(attribute).multi) {
            values.clear();
        }
        values.insert(change.second.begin(), change.second.end());
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
    c.row = *row;
}

}  // namespace muster::testing
