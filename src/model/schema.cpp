#include "model/schema.h"

#include <algorithm>

#include "base/error.h"

namespace muster {

bool Attribute::refers_to(TypeId other) const {
    return std::ranges::find(targets, other) != targets.end();
}

SpaceId Schema::add_space(std::string name) {
    const SpaceId id{static_cast<std::uint16_t>(spaces_.size() + 1)};
    spaces_.push_back({id, std::move(name), {}});
    return id;
}

TypeId Schema::add_type(SpaceId space, std::string name, std::vector<NewAttribute> attributes) {
    MUSTER_ASSERT(types_.size() < 65'535 && attributes_.size() + attributes.size() + 2 < 65'535);
    std::ranges::sort(attributes, {}, &NewAttribute::name);
    const TypeId id{static_cast<std::uint16_t>(types_.size() + 1)};
    AttributeId kept;
    AttributeId unreadable;
    if (space != kMetaverse) {  // in front of all names there can be
        const auto note = static_cast<std::uint16_t>(attributes_.size() + 1);
        kept = AttributeId{note};
        unreadable = AttributeId{static_cast<std::uint16_t>(note + 1)};
        attributes_.push_back({kept, id, "(kept)", Type::text, true, {}});
        attributes_.push_back({unreadable, id, "(unreadable)", Type::text, true, {}});
    }
    const AttributeId first{static_cast<std::uint16_t>(attributes_.size() + 1)};
    for (auto& a : attributes) {
        const AttributeId attribute{static_cast<std::uint16_t>(attributes_.size() + 1)};
        attributes_.push_back({attribute, id, std::move(a.name), a.type, a.multi, {}});
    }
    types_.push_back({id,
                      space,
                      std::move(name),
                      first,
                      static_cast<std::uint16_t>(attributes.size()),
                      {},
                      kept,
                      unreadable});
    spaces_[space.value - 1u].types.push_back(id);
    return id;
}

void Schema::set_targets(AttributeId reference, std::vector<TypeId> targets) {
    attributes_[reference.value - 1u].targets = std::move(targets);
}

void Schema::set_anchor(TypeId type, std::vector<AttributeId> attributes) {
    types_[type.value - 1u].anchor = std::move(attributes);
}

KeyId Schema::add_key(TypeId type, std::vector<AttributeId> attributes, KeyUse use) {
    for (const auto& k : keys_) {
        if (k.type == type && k.attributes == attributes && k.use == use) {
            return k.id;
        }
    }
    const KeyId id{static_cast<std::uint16_t>(keys_.size() + 1)};
    std::string name = this->type(type).name + "(";
    for (const auto a : attributes) {
        name += (name.back() == '(' ? "" : ",") + attribute(a).name;
    }
    constexpr std::string_view kUses[] = {")", ") exact", ") unique"};
    name += kUses[static_cast<std::size_t>(use)];
    keys_.push_back({id, type, std::move(attributes), std::move(name), use});
    return id;
}

std::span<const Attribute> Schema::attributes(TypeId id) const {
    const auto& t = type(id);
    return std::span(attributes_).subspan(t.first.value - 1u, t.count);
}

std::span<const Attribute> Schema::stored_attributes(TypeId id) const {
    const auto& t = type(id);
    const std::uint16_t notes = t.kept ? 2 : 0;
    return std::span(attributes_)
        .subspan(t.first.value - 1u - notes, static_cast<std::size_t>(t.count) + notes);
}

SpaceId Schema::find_space(std::string_view name) const {
    const auto found = std::ranges::find(spaces_, name, &Space::name);
    return found == spaces_.end() ? SpaceId{} : found->id;
}

TypeId Schema::find_type(SpaceId space, std::string_view name) const {
    for (const auto id : this->space(space).types) {
        if (type(id).name == name) {
            return id;
        }
    }
    return {};
}

namespace {

AttributeId find_in(std::span<const Attribute> all, std::string_view name) {
    const auto found = std::ranges::lower_bound(all, name, {}, &Attribute::name);
    return found == all.end() || found->name != name ? AttributeId{} : found->id;
}

}  // namespace

AttributeId Schema::find_attribute(TypeId type, std::string_view name) const {
    return find_in(attributes(type), name);
}

AttributeId Schema::find_stored_attribute(TypeId type, std::string_view name) const {
    return find_in(stored_attributes(type), name);
}

}  // namespace muster
