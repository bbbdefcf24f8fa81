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
    const Truncation truncation(run.truncated, schema_, systems);
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
        const bool nameless = c.planned && named;  // nobody is taken for it because of its name
        if (c.row.type == type && !nameless && c.row.anchor == row.anchor) {
            return order;
        }
    }
    return 0;
}

namespace {

void visit(const Schema& schema, TypeId type, std::vector<TypeId>& visited,
           std::vector<TypeId>& order) {
    if (std::ranges::count(visited, type) > 0) {
        return;
    }
    visited.push_back(type);
    for (const auto& attribute : schema.attributes(type)) {
        for (const auto target : attribute.targets) {
            visit(schema, target, visited, order);
        }
    }
    order.push_back(type);
}

/// The rows of a system as it is read: type by type, those that others refer to first.
std::vector<const Row*> in_order(const Schema& schema, const MemorySystem& system) {
    std::vector<TypeId> visited;
    std::vector<TypeId> order;
    for (const auto type : schema.space(system.space).types) {
        visit(schema, type, visited, order);
    }
    std::vector<const Row*> rows;
    for (const auto type : order) {
        const auto shown = system.shown(type);
        rows.insert(rows.end(), shown.begin(), shown.end());
    }
    return rows;
}

}  // namespace

void ReferenceModel::import(const MemorySystem& system) {
    std::map<std::pair<TypeId, std::string>, int> times;
    std::map<TypeId, std::size_t> keyless;
    const auto rows = in_order(schema_, system);
    for (const auto* row : rows) {
        ++times[{row->type, row->anchor}];
        keyless[row->type] += row->anchor.empty() ? 1 : 0;
    }
    std::set<Order> seen;
    for (const auto* next : rows) {
        const auto& row = *next;
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
        if (c.planned) {  // somebody else made what was to be created
            c.joined = 0;
            c.pending.reset();
        }
        take_in(c, row, system);
        seen.insert(order);
    }
    respelt_.insert(system.respelt.begin(), system.respelt.end());
    incomplete_.erase(system.space);
    if (!system.unreadable.empty()) {
        incomplete_.insert(system.space);
    }
    miss(system, seen, keyless);
}

/// What the row says; what cannot be understood or is not shown stays as it was.
void ReferenceModel::take_in(ConnectorObject& connector, const Row& row,
                             const MemorySystem& system) const {
    auto unchanged = row.misspelt;
    unchanged.insert(system.write_only.begin(), system.write_only.end());
    auto values = row.values;
    for (const auto attribute : unchanged) {
        values.erase(attribute);
        if (const auto kept = connector.row.values.find(attribute);
            kept != connector.row.values.end()) {
            values.insert(*kept);
        }
    }
    connector.row = row;
    connector.row.values = std::move(values);
    connector.unread = row.misspelt;
    connector.planned = false;
    connector.gone = false;
    connector.hidden.reset();
}

/// Whoever is missing is gone if everything of the type was shown, and may be a row without a key,
/// if there are more of them than before.
void ReferenceModel::miss(const MemorySystem& system, const std::set<Order>& seen,
                          const std::map<TypeId, std::size_t>& keyless) {
    const auto count = [](const std::map<TypeId, std::size_t>& of, TypeId type) {
        const auto found = of.find(type);
        return found == of.end() ? std::size_t{0} : found->second;
    };
    for (auto& [order, c] : connectors_) {
        const auto type = c.row.type;
        if (schema_.space_of(type) != system.space || c.planned || c.gone || seen.contains(order) ||
            system.unreadable.contains(type)) {
            continue;
        }
        const auto now = count(keyless, type);
        const auto least = c.hidden.value_or(keyless_.contains(type) ? keyless_[type] : now);
        if (now > least) {
            c.hidden = least;
        } else {
            c.gone = true;
        }
    }
    for (const auto type : schema_.space(system.space).types) {
        if (!system.unreadable.contains(type)) {
            keyless_[type] = count(keyless, type);
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
    // Where it fails, who is joined stays so and who is not does not join.
    return evaluator_.test(id, document).value_or(connector.joined != 0);
}

namespace {

/// Whether an expression says a variable's name.
bool mentions(const std::optional<Expression>& expression, const std::string& name) {
    static const std::string kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    std::string word;
    for (const char c : expression ? expression->source + " " : std::string()) {
        if (kLetters.find(c) != std::string::npos) {
            word += c;
        } else if (word == name) {
            return true;
        } else {
            word.clear();
        }
    }
    return false;
}

}  // namespace

/// Whether an attribute decides about new objects of the rule's: a scope, a join, or what names,
/// scopes and generated values of the metaverse object are made of.
bool ReferenceModel::decides(const InboundRule& rule, AttributeId attribute) const {
    const auto& name = schema_.attribute(attribute).name;
    bool decides = mentions(rule.scope, name);
    for (const auto& match : rule.join) {
        decides = decides || std::ranges::count(match.connector, attribute) > 0;
    }
    for (const auto& flow : rule.flows) {
        const bool from = flow.kind == Flow::Kind::direct ? flow.source == attribute
                                                          : flow.kind == Flow::Kind::expression &&
                                                                mentions(flow.expression, name);
        if (!from) {
            continue;
        }
        const auto& to = schema_.attribute(flow.target);
        for (const auto& key : schema_.keys()) {
            decides = decides || std::ranges::count(key.attributes, to.id) > 0;
        }
        for (const auto& out : configuration_.outbound) {
            decides = decides || (out.source == to.owner && (mentions(out.scope, to.name) ||
                                                             mentions(out.object_name, to.name)));
            for (const auto& asked : out.flows) {
                const auto& anchor = schema_.type(out.target).anchor;
                decides = decides || (asked.kind == Flow::Kind::direct && asked.source == to.id &&
                                      std::ranges::count(anchor, asked.target) > 0);
            }
        }
        for (const auto& generated : schema_.attributes(to.owner)) {
            const auto& meta = configuration_.metaverse_attribute(generated.id);
            decides = decides || meta.generate_for == to.id || mentions(meta.generate, to.name);
        }
    }
    return decides;
}

bool ReferenceModel::waits_for_value(const ConnectorObject& connector) const {
    return std::ranges::any_of(configuration_.inbound, [&](const InboundRule& rule) {
        return rule.source == connector.row.type &&
               std::ranges::any_of(connector.unread,
                                   [&](AttributeId attribute) { return decides(rule, attribute); });
    });
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

ReferenceModel::Order ReferenceModel::target_of(Person person, AttributeId attribute) const {
    for (const auto type : schema_.attribute(attribute).targets) {
        if (const auto order = connector_of(person, type); order != 0) {
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

/// Whether a person has no object of the type; what is only planned gives way.
bool ReferenceModel::claim(Person person, TypeId type) {
    const auto order = connector_of(person, type);
    if (order != 0 && connectors_.at(order).planned) {
        connectors_.erase(order);
        return true;
    }
    return order == 0;
}

bool ReferenceModel::join(ConnectorObject& connector) {
    if (waits_for_value(connector)) {
        return false;
    }
    for (const auto& rule : configuration_.inbound) {
        if (!applies(rule, connector)) {
            continue;
        }
        for (const auto& match : rule.join) {
            const auto wanted = keys(match.connector, connector.row.values);
            std::set<Person> found;
            for (const auto& [person, m] : metaverse_) {
                for (const auto* held : {&m.values, &m.held}) {
                    std::map<AttributeId, std::set<std::string>> values;
                    for (const auto& [attribute, v] : *held) {
                        values[attribute] = v.values;
                    }
                    const auto& key = schema_.key(match.key);
                    for (const auto& k : keys(key.attributes, values)) {
                        if (m.type == rule.target && wanted.contains(k)) {
                            found.insert(person);
                        }
                    }
                }
            }
            if (found.size() > 1) {
                for (const auto person : found) {
                    contested_.emplace(person, connector.row.type);
                }
                return false;  // ambiguous
            }
            if (found.size() == 1) {
                if (!claim(*found.begin(), connector.row.type)) {
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
    for (auto& [person, m] : metaverse_) {
        m.before = m.values;
    }
    for (const auto person : std::views::keys(metaverse_)) {
        resolve(person);
    }
    for (bool again = true; again;) {
        again = false;
        contested_.clear();
        for (auto& [person, m] : metaverse_) {
            m.held = m.values;
        }
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

/// Whether objects of a type are disconnected where their metaverse object goes.
bool ReferenceModel::is_let_go(TypeId metaverse, TypeId connector) const {
    return std::ranges::any_of(configuration_.outbound, [&](const OutboundRule& rule) {
        return rule.source == metaverse && rule.target == connector &&
               rule.deprovision == DeprovisionAction::disconnect;
    });
}

/// What has left and has nothing any more that would keep it is no more.
void ReferenceModel::erase_leavers() {
    for (auto entry = metaverse_.begin(); entry != metaverse_.end();) {
        const auto person = entry->first;
        const bool held = std::ranges::any_of(connectors(person), [&](Order order) {
            return !is_let_go(entry->second.type, connectors_.at(order).row.type);
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

bool ReferenceModel::is_claimed(Person person) const {
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

/// Only who was there can be gone: whom no deletion source ever had stays as long as anything that
/// would project it.
bool ReferenceModel::has_source(Person person) {
    auto& m = metaverse_.at(person);
    if (is_claimed(person)) {
        return true;
    }
    return !m.claimed && std::ranges::any_of(connectors(person), [&](Order order) {
        return std::ranges::any_of(configuration_.inbound, [&](const InboundRule& rule) {
            return rule.project && rule.target == m.type && applies(rule, connectors_.at(order));
        });
    });
}

void ReferenceModel::leave_or_return(Person person, Instant now) {
    auto& m = metaverse_.at(person);
    m.claimed = m.claimed || is_claimed(person);
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
        object.unclaimed = !m.claimed;
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
