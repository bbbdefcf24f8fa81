#include "world/lost_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace muster::testing {

namespace {

/// Copies a configuration without something; ids change, as those of a schema are positions.
class Remover {
 public:
    Remover(const Configuration& old, const Loss& loss) : old_(old), loss_(loss) {}

    std::optional<Configuration> remove() {
        copy_settings();
        copy_schema();
        copy_systems();
        copy_keys();
        copy_inbound();
        copy_outbound();
        const bool possible = copy_metaverse_rules();
        return possible ? std::optional(std::move(new_)) : std::nullopt;
    }

 private:
    bool keeps(const ObjectType& type) const {
        return type.id != loss_.type && type.space != loss_.system;
    }
    AttributeId attribute(AttributeId old) const {
        const auto found = attributes_.find(old);
        return found == attributes_.end() ? AttributeId{} : found->second;
    }
    std::vector<AttributeId> attributes(const std::vector<AttributeId>& old) const {
        std::vector<AttributeId> result;
        for (const auto id : old) {
            result.push_back(attribute(id));
        }
        return result;
    }
    std::vector<TypeId> types(const std::vector<TypeId>& old) const {
        std::vector<TypeId> result;
        for (const auto id : old) {
            if (types_.contains(id)) {
                result.push_back(types_.at(id));
            }
        }
        return result;
    }

    void copy_settings() {
        new_.folder = old_.folder;
        new_.store = old_.store;
        new_.history = old_.history;
        new_.processing = old_.processing;
        new_.memory_bytes = old_.memory_bytes;
    }

    void copy_schema() {
        for (const auto& space : old_.schema.spaces()) {
            if (space.id == loss_.system) {
                continue;
            }
            spaces_[space.id] = new_.schema.add_space(space.name);
            for (const auto type : space.types) {
                if (keeps(old_.schema.type(type))) {
                    copy_type(type);
                }
            }
        }
        for (const auto& [old, now] : attributes_) {
            if (const auto& a = old_.schema.attribute(old); a.type == Type::reference) {
                new_.schema.set_targets(now, types(a.targets));
            }
        }
        for (const auto& [old, now] : types_) {
            new_.schema.set_anchor(now, attributes(old_.schema.type(old).anchor));
        }
    }

    /// References that lead nowhere any more are not in the new one.
    void copy_type(TypeId old) {
        std::vector<Schema::NewAttribute> kept;
        for (const auto& a : old_.schema.attributes(old)) {
            const bool leads = std::ranges::any_of(
                a.targets, [&](TypeId target) { return keeps(old_.schema.type(target)); });
            if (a.type != Type::reference || leads) {
                kept.push_back({a.name, a.type, a.multi});
            }
        }
        const auto& type = old_.schema.type(old);
        const auto now = new_.schema.add_type(spaces_.at(type.space), type.name, std::move(kept));
        types_[old] = now;
        for (const auto& a : old_.schema.attributes(old)) {
            if (const auto found = new_.schema.find_attribute(now, a.name)) {
                attributes_[a.id] = found;
            }
        }
    }

    void copy_systems() {
        for (auto system : old_.systems) {
            if (system.space == loss_.system) {
                continue;
            }
            system.space = spaces_.at(system.space);
            std::erase_if(system.types,
                          [&](const TypeSettings& t) { return !types_.contains(t.type); });
            for (auto& type : system.types) {
                type.type = types_.at(type.type);
                for (auto& [id, settings] : type.attributes) {
                    id = attribute(id);
                }
            }
            new_.systems.push_back(std::move(system));
        }
    }

    void copy_keys() {
        for (const auto& key : old_.schema.keys()) {
            keys_[key.id] =
                new_.schema.add_key(types_.at(key.type), attributes(key.attributes), key.use);
        }
    }

    /// The flows that still have both ends; where each of them went, -1 for the others.
    std::vector<Flow> copy_flows(const std::vector<Flow>& old, std::vector<int>& places) const {
        std::vector<Flow> flows;
        for (auto flow : old) {
            flow.target = attribute(flow.target);
            const bool has_source = flow.kind != Flow::Kind::direct || attribute(flow.source);
            flow.source = attribute(flow.source);
            places.push_back(flow.target && has_source ? static_cast<int>(flows.size()) : -1);
            if (flow.target && has_source) {
                flows.push_back(std::move(flow));
            }
        }
        return flows;
    }

    void copy_inbound() {
        for (std::size_t i = 0; i < old_.inbound.size(); ++i) {
            auto rule = old_.inbound[i];
            inbound_.emplace_back(-1, std::vector<int>{});
            if (!types_.contains(rule.source) || loss_.inbound_rule == i) {
                continue;
            }
            inbound_.back().first = static_cast<int>(new_.inbound.size());
            rule.system = spaces_.at(rule.system);
            rule.source = types_.at(rule.source);
            rule.target = types_.at(rule.target);
            for (auto& match : rule.join) {
                match.key = keys_.at(match.key);
                match.connector = attributes(match.connector);
            }
            rule.flows = copy_flows(rule.flows, inbound_.back().second);
            new_.inbound.push_back(std::move(rule));
        }
    }

    void copy_outbound() {
        for (auto rule : old_.outbound) {
            if (!types_.contains(rule.target)) {
                continue;
            }
            rule.source = types_.at(rule.source);
            rule.system = spaces_.at(rule.system);
            rule.target = types_.at(rule.target);
            std::vector<int> places;
            rule.flows = copy_flows(rule.flows, places);
            rule.disable_flows = copy_flows(rule.disable_flows, places);
            new_.outbound.push_back(std::move(rule));
        }
    }

    bool copy_metaverse_rules() {
        new_.metaverse_attributes.resize(new_.schema.attributes().size());
        for (const auto& [old, now] : attributes_) {
            if (old.value > old_.metaverse_attributes.size()) {
                continue;
            }
            auto meta = old_.metaverse_attribute(old);
            meta.generate_for = attribute(meta.generate_for);
            meta.contributions.clear();
            for (const auto& c : old_.metaverse_attribute(old).contributions) {
                const auto& [rule, flows] = inbound_[c.rule];
                if (rule >= 0 && flows[c.flow] >= 0) {
                    meta.contributions.push_back({static_cast<std::uint16_t>(rule),
                                                  static_cast<std::uint16_t>(flows[c.flow])});
                }
            }
            new_.metaverse_attributes[now.value - 1u] = std::move(meta);
        }
        for (auto rule : old_.deletion_rules) {
            const bool any = !rule.sources.empty();
            std::erase(rule.sources, loss_.system);
            for (auto& source : rule.sources) {
                source = spaces_.at(source);
            }
            if (any && rule.sources.empty()) {
                return false;
            }
            new_.deletion_rules.push_back(std::move(rule));
        }
        return true;
    }

    const Configuration& old_;
    const Loss& loss_;
    Configuration new_;
    std::map<SpaceId, SpaceId> spaces_;
    std::map<TypeId, TypeId> types_;
    std::map<AttributeId, AttributeId> attributes_;
    std::map<KeyId, KeyId> keys_;
    std::vector<std::pair<int, std::vector<int>>> inbound_;  ///< new place of rules and their flows
};

}  // namespace

std::optional<Configuration> without(const Configuration& configuration, const Loss& loss) {
    return Remover(configuration, loss).remove();
}

std::string name_of(const Configuration& configuration, const Loss& loss) {
    const auto& schema = configuration.schema;
    if (loss.inbound_rule) {
        return configuration.inbound[*loss.inbound_rule].name;
    }
    return loss.system ? schema.space(loss.system).name
                       : fmt::format("{}.{}", schema.space(schema.space_of(loss.type)).name,
                                     schema.type(loss.type).name);
}

}  // namespace muster::testing
