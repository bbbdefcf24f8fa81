#include "run/changes.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <memory>
#include <set>

#include "model/delta.h"
#include "run/net_delta.h"
#include "run/object_path.h"

namespace muster {
namespace {

constexpr std::size_t kBatch = 500;  // objects named by one set of calls

struct NetChange {
    ObjectId object;
    TypeId type;
    ChangeKind kind = ChangeKind::update;
    std::unique_ptr<Delta> delta;  // null for a create: what the object now is says it all
    bool none = false;             // created and erased
};

void add(NetChange& net, const Change& change, const Schema& schema) {
    if (net.kind == ChangeKind::create) {
        net.none = change.kind == ChangeKind::erase;
        return;
    }
    follow(*net.delta, decode_delta(change.delta, change.type, schema));
    net.kind = change.kind;
}

std::vector<NetChange> net_changes(const Schema& schema, View& view, SpaceId space,
                                   CommitNumber after) {
    std::vector<NetChange> all;
    boost::unordered_flat_map<ObjectId, std::size_t, std::hash<ObjectId>> position;
    view.changed_since(space, after, [&](const Change& change) {
        const auto [found, is_new] = position.try_emplace(change.object, all.size());
        if (!is_new) {
            add(all[found->second], change, schema);
            return;
        }
        auto& net = all.emplace_back();
        net.object = change.object;
        net.type = change.type;
        net.kind = change.kind;
        if (change.kind != ChangeKind::create) {
            net.delta = std::make_unique<Delta>(decode_delta(change.delta, change.type, schema));
        }
    });
    std::erase_if(all, [](const NetChange& net) {
        return net.none || (net.kind == ChangeKind::update && net.delta->empty());
    });
    std::ranges::sort(all, {}, &NetChange::object);
    return all;
}

/// Fills in the deltas of created objects from the present.
void fill_creations(View& view, std::span<NetChange> batch, std::vector<Delta>& deltas) {
    std::vector<ObjectId> ids;
    for (const auto& net : batch) {
        if (net.kind == ChangeKind::create) {
            ids.push_back(net.object);
        }
    }
    std::vector<Object> objects;
    view.hydrate(ids, objects);
    std::vector<Link> links;
    view.links(ids, {}, links);
    auto link = links.cbegin();
    auto object = objects.cbegin();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch[i].kind == ChangeKind::create) {
            const auto end = std::find_if(
                link, links.cend(), [&](const Link& l) { return l.source != batch[i].object; });
            deltas[i] = creation(*object++, std::span(link, end));
            link = end;
        }
    }
}

std::vector<std::string> text_set(const std::string& text) {
    return text.empty() ? std::vector<std::string>() : std::vector{text};
}

/// Every id a delta speaks of, for naming them all at once.
void collect(const Delta& delta, std::set<ObjectId>& ids) {
    const auto add_id = [&](ObjectId id) {
        if (id) {
            ids.insert(id);
        }
    };
    if (delta.joined) {
        add_id(delta.joined->first);
        add_id(delta.joined->second);
    }
    for (const auto& link : delta.links) {
        add_id(link.target);
    }
}

using Paths = std::map<ObjectId, std::string>;

Paths name_all(const Schema& schema, View& view, const std::set<ObjectId>& ids) {
    const std::vector<ObjectId> list(ids.begin(), ids.end());
    const auto paths = object_paths(schema, view, list);
    Paths result;
    for (std::size_t i = 0; i < list.size(); ++i) {
        result.emplace_hint(result.end(), list[i], paths[i]);
    }
    return result;
}

void describe_links(const Schema& schema, const Paths& paths, const Delta& delta,
                    std::vector<ValueDifference>& result) {
    std::map<AttributeId, ValueDifference> by_attribute;
    for (const auto& link : delta.links) {
        auto& difference = by_attribute[link.attribute];
        auto text = link.target ? paths.at(link.target) : link.text;
        (link.opened ? difference.after : difference.before).push_back(std::move(text));
    }
    for (auto& [attribute, difference] : by_attribute) {
        difference.attribute = attribute;
        difference.what = schema.attribute(attribute).name;
        difference.links = true;
        std::ranges::sort(difference.before);
        std::ranges::sort(difference.after);
        result.push_back(std::move(difference));
    }
}

std::vector<ValueDifference> in_words(const Schema& schema, const Paths& paths,
                                      const Delta& delta) {
    std::vector<ValueDifference> result;
    const auto add_own = [&](const char* what, const std::string& before,
                             const std::string& after) {
        result.push_back({{}, what, false, text_set(before), text_set(after)});
    };
    if (delta.anchor && delta.anchor->first != delta.anchor->second) {
        add_own("anchor", delta.anchor->first, delta.anchor->second);
    }
    if (delta.name && delta.name->first != delta.name->second) {
        add_own("name", delta.name->first, delta.name->second);
    }
    if (delta.state) {
        add_own("state", std::string(state_name(delta.state->first)),
                std::string(state_name(delta.state->second)));
    }
    if (delta.joined) {
        const auto path = [&](ObjectId id) { return id ? paths.at(id) : std::string(); };
        add_own("joined", path(delta.joined->first), path(delta.joined->second));
    }
    for (const auto& change : delta.attributes) {
        if (change.attribute == schema.type(schema.attribute(change.attribute).owner).kept) {
            continue;  // a note that says nothing to anybody
        }
        result.push_back({change.attribute, schema.attribute(change.attribute).name, false,
                          change.before, change.after});
    }
    describe_links(schema, paths, delta, result);
    return result;
}

std::vector<ObjectId> pending_objects(View& view, SpaceId system) {
    std::vector<ObjectId> ids;
    view.exports(system, {}, [&](const Export& row) { ids.push_back(row.object); });
    return ids;
}

/// Pending exports while they are gathered, beside one another.
struct ExportBatch {
    std::vector<ObjectId> objects;
    std::vector<Export> rows;
    std::vector<Delta> deltas;
    std::vector<std::uint64_t> held_links;
    std::vector<std::uint64_t> discarded_links;
};

/// What was discarded is held, and no longer counts as such.
bool is_in(std::span<const ExportState> states, ExportState state, bool released) {
    const bool discarded = state == ExportState::held && released;
    return states.empty() || (!discarded && std::ranges::find(states, state) != states.end());
}

using Removed = std::set<std::pair<AttributeId, ObjectId>>;

Removed removed_targets(std::span<const ExportLink> links) {
    Removed removed;
    for (const auto& link : links) {
        if (!link.add && link.target && link.text.empty()) {
            removed.emplace_hint(removed.end(), link.attribute, link.target);
        }
    }
    return removed;
}

/// Whether a link is only told anew under another name on the way to being removed: one removal is
/// what becomes of it.
bool ends_removed(const ExportLink& link, const Removed& removed) {
    return link.target && (link.add || !link.text.empty()) && !removed.empty() &&
           removed.contains({link.attribute, link.target});
}

/// What of one export is in the states; nothing where nothing is.
std::optional<Delta> delta_in(std::span<const ExportState> states, const Export& row,
                              std::span<const ExportLink> links) {
    std::optional<Delta> delta;
    const bool only_links = row.kind == ExportKind::update && row.delta.empty() && !links.empty();
    if (!only_links && is_in(states, row.state, row.released)) {
        delta = row.delta;
    }
    const auto removed = removed_targets(links);
    for (const auto& link : links) {
        if (is_in(states, link.state, link.released) && !ends_removed(link, removed)) {
            const bool dangling = !link.add && !link.target;
            delta = delta ? std::move(delta) : Delta();
            delta->links.push_back(
                {link.attribute, link.add, link.target, dangling ? link.text : std::string()});
        }
    }
    return delta;
}

ExportBatch read_exports(View& view, std::span<const ObjectId> ids,
                         std::span<const ExportState> states) {
    std::vector<std::optional<Export>> rows;
    view.exports(ids, rows);
    std::vector<ExportLink> links;
    view.export_links(ids, links);
    ExportBatch batch;
    auto link = links.cbegin();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto end = std::find_if(link, links.cend(),
                                      [&](const ExportLink& l) { return l.object != ids[i]; });
        const std::span own(link, end);
        link = end;
        auto delta = rows[i] ? delta_in(states, *rows[i], own) : std::nullopt;
        if (delta) {
            batch.objects.push_back(ids[i]);
            batch.rows.push_back(std::move(*rows[i]));
            batch.deltas.push_back(std::move(*delta));
            const auto held = [&](bool discarded) {
                return static_cast<std::uint64_t>(
                    std::ranges::count_if(own, [&](const ExportLink& one) {
                        return one.state == ExportState::held && one.released == discarded;
                    }));
            };
            batch.held_links.push_back(held(false));
            batch.discarded_links.push_back(held(true));
        }
    }
    return batch;
}

void name_exports(const Schema& schema, View& view, ExportBatch batch, std::size_t most,
                  const std::function<void(const PendingExport&)>& pending) {
    const auto count = std::min(most, batch.rows.size());
    batch.objects.resize(count);
    batch.deltas.resize(count);
    const auto paths = object_paths(schema, view, batch.objects);
    auto values = describe(schema, view, batch.deltas);
    std::set<ObjectId> causes;
    for (std::size_t i = 0; i < count; ++i) {
        if (batch.rows[i].cause) {
            causes.insert(batch.rows[i].cause);
        }
    }
    const auto cause_paths = name_all(schema, view, causes);
    for (std::size_t i = 0; i < count; ++i) {
        auto& row = batch.rows[i];
        const auto cause = row.cause ? cause_paths.at(row.cause) : std::string();
        pending({std::move(row), paths[i], cause, batch.held_links[i], batch.discarded_links[i],
                 std::move(values[i])});
    }
}

}  // namespace

std::vector<std::vector<ValueDifference>> describe(const Schema& schema, View& view,
                                                   std::span<const Delta> deltas) {
    std::set<ObjectId> ids;
    for (const auto& delta : deltas) {
        collect(delta, ids);
    }
    const auto paths = name_all(schema, view, ids);
    std::vector<std::vector<ValueDifference>> result;
    result.reserve(deltas.size());
    for (const auto& delta : deltas) {
        result.push_back(in_words(schema, paths, delta));
    }
    return result;
}

std::vector<ValueDifference> describe(const Schema& schema, View& view, const Delta& delta) {
    return std::move(describe(schema, view, std::span(&delta, 1)).front());
}

std::uint64_t each_change(const Schema& schema, View& view, SpaceId space, CommitNumber after,
                          const std::function<void(const ObjectChange&)>& change,
                          std::size_t most) {
    auto all = net_changes(schema, view, space, after);
    const auto described = std::span(all).first(std::min(most, all.size()));
    for (std::size_t start = 0; start < described.size(); start += kBatch) {
        const auto batch = described.subspan(start, std::min(kBatch, described.size() - start));
        std::vector<ObjectId> ids;
        std::vector<Delta> deltas(batch.size());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            ids.push_back(batch[i].object);
            if (batch[i].delta) {
                deltas[i] = std::move(*batch[i].delta);
            }
        }
        fill_creations(view, batch, deltas);
        const auto paths = object_paths(schema, view, ids);
        auto values = describe(schema, view, deltas);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (batch[i].kind == ChangeKind::create) {
                std::ranges::for_each(values[i], [](auto& value) { value.before.clear(); });
            }
            change({ids[i], batch[i].type, paths[i], batch[i].kind, std::move(values[i])});
        }
    }
    return all.size();
}

std::optional<PendingExport> find_pending_export(const Schema& schema, View& view,
                                                 ObjectId object) {
    std::optional<PendingExport> found;
    name_exports(schema, view, read_exports(view, std::span(&object, 1), {}), kEvery,
                 [&](const PendingExport& pending) { found = pending; });
    return found;
}

std::uint64_t each_pending_export(const Schema& schema, View& view, SpaceId system,
                                  std::span<const ExportState> states,
                                  const std::function<void(const PendingExport&)>& pending,
                                  std::size_t most) {
    const auto all = pending_objects(view, system);
    std::uint64_t count = 0;
    for (std::size_t start = 0; start < all.size(); start += kBatch) {
        auto batch = read_exports(
            view, std::span(all).subspan(start, std::min(kBatch, all.size() - start)), states);
        const auto read = batch.objects.size();
        if (count < most) {
            name_exports(schema, view, std::move(batch), most - count, pending);
        }
        count += read;
    }
    return count;
}

}  // namespace muster
