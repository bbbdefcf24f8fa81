#include "reference/reference_model.h"

#include <algorithm>
#include <ranges>

#include "base/dn.h"
#include "base/error.h"
#include "base/text.h"
#include "model/connector_settings.h"

namespace muster::testing {

ReferenceModel::ReferenceModel(const Configuration& configuration)
    : configuration_(configuration),
      schema_(configuration.schema),
      evaluator_(configuration.schema) {}

void ReferenceModel::run(const Run& run, Instant now, Systems& systems) {
    const auto takes_part = [&](SpaceId system) {
        return run.systems.empty() || std::ranges::count(run.systems, system) > 0;
    };
    for (const auto& [space, system] : systems) {
        if (run.import && takes_part(space)) {
            import(system);
        }
    }
    if (run.sync) {
        sync(now);
    }
    for (auto& [space, system] : systems) {
        if (run.exports && takes_part(space)) {
            send(system);
            erase_leavers();
        }
    }
}

// Import

ReferenceModel::Order ReferenceModel::find(TypeId type, const Row& row, bool named) const {
    for (const auto& [order, c] : connectors_) {
        const bool same = c.planned && named ? normalize_dn(c.row.name) == normalize_dn(row.name)
                                             : c.row.anchor == row.anchor;
        if (c.row.type == type && same) {
            return order;
        }
    }
    return 0;
}

void ReferenceModel::import(const MemorySystem& system) {
    std::map<std::pair<TypeId, std::string>, int> times;
    for (const auto& row : system.rows) {
        ++times[{row.type, row.anchor}];
    }
    std::set<Order> seen;
    for (const auto& row : system.rows) {
        if (row.anchor.empty()) {
            continue;
        }
        auto order = find(row.type, row, system.named);
        if (times[{row.type, row.anchor}] > 1) {  // both copies are refused; an old object stays
            seen.insert(order);
            continue;
        }
        if (order == 0) {
            order = ++last_order_;
        }
        auto& c = connectors_[order];
        c.row = row;
        c.planned = false;
        c.gone = false;
        seen.insert(order);
    }
    for (auto& [order, c] : connectors_) {
        if (schema_.space_of(c.row.type) == system.space && !c.planned && !seen.contains(order)) {
            c.gone = true;
        }
    }
}

// Joins

bool ReferenceModel::applies(const InboundRule& rule, const ConnectorObject& connector) {
    if (rule.source != connector.row.type) {
        return false;
    }
    if (!rule.scope) {
        return true;
    }
    Document document;
    for (const auto& [attribute, values] : connector.row.values) {
        for (const auto& value : values) {
            if (schema_.attribute(attribute).type != Type::reference) {
                document.add(attribute, value);
            }
        }
    }
    document.normalise();
    auto& id = compiled_[&*rule.scope];
    if (!id) {
        id = evaluator_.compile(*rule.scope, rule.source);
    }
    const auto answer = evaluator_.test(id, document);
    MUSTER_ASSERT(answer.has_value(), "{}", evaluator_.error().message);
    return *answer;
}

bool ReferenceModel::applies_at_all(const ConnectorObject& connector) {
    bool has_rules = false;
    for (const auto& rule : configuration_.inbound) {
        if (rule.source == connector.row.type) {
            has_rules = true;
            if (applies(rule, connector)) {
                return true;
            }
        }
    }
    return !has_rules;
}

std::vector<ReferenceModel::Order> ReferenceModel::connectors(Person person) const {
    std::vector<Order> result;
    for (const auto& [order, c] : connectors_) {
        if (c.joined == person) {
            result.push_back(order);
        }
    }
    return result;
}

ReferenceModel::Order ReferenceModel::connector_of(Person person, TypeId type) const {
    for (const auto order : connectors(person)) {
        if (connectors_.at(order).row.type == type) {
            return order;
        }
    }
    return 0;
}

std::set<std::string> ReferenceModel::keys(
    const std::vector<AttributeId>& attributes,
    const std::map<AttributeId, std::set<std::string>>& values) const {
    std::set<std::string> result{""};
    for (const auto attribute : attributes) {
        std::set<std::string> longer;
        if (const auto found = values.find(attribute); found != values.end()) {
            for (const auto& start : result) {
                for (const auto& value : found->second) {
                    longer.insert(start + "\n" + fold(value));
                }
            }
        }
        result = std::move(longer);
    }
    return result;
}

void ReferenceModel::take_down() {
    for (auto& [order, c] : connectors_) {
        if (c.joined != 0 && (c.gone || !applies_at_all(c))) {
            c.joined = 0;
            c.pending.reset();
        }
    }
    std::erase_if(connectors_, [](const auto& entry) { return entry.second.gone; });
}

bool ReferenceModel::join(ConnectorObject& connector) {
    for (const auto& rule : configuration_.inbound) {
        if (!applies(rule, connector)) {
            continue;
        }
        for (const auto& match : rule.join) {
            const auto wanted = keys(match.connector, connector.row.values);
            std::set<Person> found;
            for (const auto& [person, m] : metaverse_) {
                std::map<AttributeId, std::set<std::string>> values;
                for (const auto& [attribute, v] : m.values) {
                    values[attribute] = v.values;
                }
                const auto& key = schema_.key(match.key);
                for (const auto& k : keys(key.attributes, values)) {
                    if (m.type == rule.target && wanted.contains(k)) {
                        found.insert(person);
                    }
                }
            }
            if (found.size() > 1) {
                return false;  // ambiguous
            }
            if (found.size() == 1) {
                if (connector_of(*found.begin(), connector.row.type) != 0) {
                    return false;  // already joined
                }
                connector.joined = *found.begin();
                return true;
            }
        }
        if (rule.project) {
            connector.joined = ++last_person_;
            metaverse_[last_person_].type = rule.target;
            return true;
        }
    }
    return false;
}

// Synchronisation

void ReferenceModel::sync(Instant now) {
    take_down();
    for (const auto person : std::views::keys(metaverse_)) {
        resolve(person);
    }
    for (bool again = true; again;) {
        again = false;
        for (auto& [order, c] : connectors_) {
            if (c.joined == 0 && join(c)) {
                resolve(c.joined);
                again = true;
            }
        }
    }
    for (const auto person : std::views::keys(metaverse_)) {
        leave_or_return(person, now);
    }
    for (const auto person : std::views::keys(metaverse_)) {
        resolve(person);
    }
    for (const auto person : std::views::keys(metaverse_)) {
        resolve_links(person);
        generate(person);
    }
    for (const auto person : std::views::keys(metaverse_)) {
        project(person, now);
    }
    erase_leavers();
}

/// Whether objects of the type are disconnected where the metaverse object goes.
bool ReferenceModel::is_let_go(TypeId type) const {
    return std::ranges::any_of(configuration_.outbound, [&](const OutboundRule& rule) {
        return rule.target == type && rule.deprovision == DeprovisionAction::disconnect;
    });
}

/// What has left and has nothing any more that would keep it is no more.
void ReferenceModel::erase_leavers() {
    for (auto entry = metaverse_.begin(); entry != metaverse_.end();) {
        const auto person = entry->first;
        const bool held = std::ranges::any_of(connectors(person), [&](Order order) {
            return !is_let_go(connectors_.at(order).row.type);
        });
        if (!entry->second.doomed || held) {
            ++entry;
            continue;
        }
        for (const auto order : connectors(person)) {
            connectors_.at(order).joined = 0;
            connectors_.at(order).pending.reset();
        }
        entry = metaverse_.erase(entry);
    }
    for (auto& [person, m] : metaverse_) {
        for (auto& [attribute, targets] : m.links) {
            std::erase_if(targets, [&](Person p) { return !metaverse_.contains(p); });
        }
    }
}

bool ReferenceModel::has_source(Person person) const {
    const auto type = metaverse_.at(person).type;
    auto sources = configuration_.deletion_rule(type).sources;
    if (sources.empty()) {
        for (const auto& rule : configuration_.inbound) {
            if (rule.project && rule.target == type) {
                sources.push_back(rule.system);
            }
        }
    }
    return std::ranges::any_of(connectors(person), [&](Order order) {
        return std::ranges::count(sources, schema_.space_of(connectors_.at(order).row.type)) > 0;
    });
}

void ReferenceModel::leave_or_return(Person person, Instant now) {
    auto& m = metaverse_.at(person);
    const bool stays = has_source(person);
    if (!stays && !m.leaving) {
        m.due = now + configuration_.deletion_rule(m.type).grace;
    }
    m.leaving = !stays;
}

std::vector<MetaverseObject> ReferenceModel::metaverse() const {
    std::map<Person, MetaverseObject> objects;
    for (const auto& [person, m] : metaverse_) {
        auto& object = objects[person];
        object.type = schema_.type(m.type).name;
        object.leaving = m.leaving;
        for (const auto& [attribute, v] : m.values) {
            const auto& name = schema_.attribute(attribute).name;
            if (!v.values.empty()) {
                object.values[name] = v.values;
            }
            if (!v.winners.empty()) {
                object.winners[name] = v.winners;
            }
        }
        for (const auto order : connectors(person)) {
            const auto& c = connectors_.at(order);
            const auto& system = configuration_.system(schema_.space_of(c.row.type));
            object.connectors.insert(connector_label(schema_, c.row.type,
                                                     find_connector_spec(system.connector)->named,
                                                     c.row.anchor, c.row.name));
        }
    }
    std::vector<MetaverseObject> result;
    result.reserve(objects.size());
    for (const auto& [person, m] : metaverse_) {
        for (const auto& [attribute, targets] : m.links) {
            for (const auto target : targets) {
                objects[person].links[schema_.attribute(attribute).name].insert(
                    objects.at(target).identity());
            }
        }
    }
    for (auto& [person, object] : objects) {
        result.push_back(std::move(object));
    }
    return result;
}

}  // namespace muster::testing
