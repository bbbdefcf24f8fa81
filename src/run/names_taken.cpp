#include "run/names_taken.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/dn.h"
#include "model/connector_settings.h"
#include "run/object_path.h"

namespace muster {

namespace {

/// An object that has the name of a claim.
struct Holder {
    std::size_t claim;
    ObjectId object;
    bool planned;  ///< it is still to be created itself
};

/// Whether an object will have another name, or none, once what is pending for it is done.
bool goes_away(const std::optional<Export>& pending) {
    return pending && pending->state != ExportState::held &&
           pending->state != ExportState::failed &&
           (pending->kind == ExportKind::erase || pending->delta.name);
}

std::vector<Holder> all_holders(View& view, SpaceId system, std::span<const NameClaim> claims) {
    std::vector<std::string> names;
    names.reserve(claims.size());
    for (const auto& claim : claims) {
        names.push_back(normalize_dn(claim.name));
    }
    const std::vector<std::string_view> asked(names.begin(), names.end());
    std::vector<Holder> holders;
    view.named(system, asked, [&](std::size_t i, const Named& object) {
        if (object.id != claims[i].object && object.state != ObjectState::gone) {
            holders.push_back({i, object.id, object.state == ObjectState::provisioning});
        }
    });
    return holders;
}

}  // namespace

std::vector<ObjectId> name_holders(View& view, SpaceId system, std::span<const NameClaim> claims) {
    std::vector<ObjectId> result(claims.size());
    const auto holders = all_holders(view, system, claims);
    std::vector<ObjectId> ids;
    ids.reserve(holders.size());
    for (const auto& holder : holders) {
        ids.push_back(holder.object);
    }
    std::vector<std::optional<Export>> pending;
    view.exports(ids, pending);
    for (std::size_t i = 0; i < holders.size(); ++i) {
        const auto& [claim, object, planned] = holders[i];
        const bool stays = planned ? object < claims[claim].object : !goes_away(pending[i]);
        if (stays) {
            result[claim] = object;
        }
    }
    return result;
}

void tell_names_taken(Step& step, View& view, SpaceId system, std::span<const NameClaim> claims,
                      std::span<const ObjectId> holders) {
    std::vector<ObjectId> wanting;
    std::vector<ObjectId> having;
    std::vector<const std::string*> names;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        if (holders[i]) {
            wanting.push_back(claims[i].object);
            having.push_back(holders[i]);
            names.push_back(&claims[i].name);
        }
    }
    if (wanting.empty()) {
        return;
    }
    std::vector<Object> objects;
    view.hydrate(wanting, objects);
    std::vector<Object> others;
    view.hydrate(having, others);
    std::vector<ObjectId> metaverse;
    metaverse.reserve(objects.size() * 2);
    for (const auto* all : {&objects, &others}) {
        for (const auto& object : *all) {
            metaverse.push_back(object.joined);
        }
    }
    const auto people = object_paths(step.schema(), view, metaverse);
    for (std::size_t i = 0; i < objects.size(); ++i) {
        const auto& other = others[i];
        const auto owner =
            other.joined ? "of " + people[objects.size() + i] : std::string("of nobody known");
        step.item(objects[i],
                  {"name-taken",
                   fmt::format("{} is to be called '{}' in {}, but {} '{}' {} is called so. Let it "
                               "have another name, or let a matching rule join what is there",
                               people[i], *names[i], step.schema().space(system).name,
                               step.schema().type(other.type).name,
                               other.anchor.empty() ? other.name : other.anchor, owner)});
    }
}

void tell_names_taken(Step& step, View& view, SpaceId system) {
    if (!find_connector_spec(step.context().configuration.system(system).connector)->named) {
        return;
    }
    std::vector<NameClaim> claims;
    constexpr ExportState kPlanned[] = {ExportState::planned, ExportState::held,
                                        ExportState::failed};
    view.exports(system, kPlanned, [&](const Export& row) {
        if (row.delta.name && row.kind != ExportKind::erase) {
            claims.push_back({row.object, row.delta.name->second});
        }
    });
    for (std::size_t begin = 0; begin < claims.size(); begin += limits::kPageObjects) {
        const auto page =
            std::span(claims).subspan(begin, std::min(limits::kPageObjects, claims.size() - begin));
        tell_names_taken(step, view, system, page, name_holders(view, system, page));
    }
}

}  // namespace muster
