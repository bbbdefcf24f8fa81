#include "run/past.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "model/forgotten_change.h"
#include "run/net_delta.h"
#include "run/object_path.h"

namespace muster {
namespace {

/// What one commit did, in two parts.
struct Past {
    Delta known;
    std::vector<ForgottenChange> forgotten;  ///< of attributes that the configuration has no more
};

/// What the object is now, as the delta that would make it; empty for one that is erased, or of a
/// type that the configuration has no more.
Delta present(View& view, ObjectId id) {
    std::vector<Object> objects;
    view.hydrate(std::span(&id, 1), objects);
    if (!objects.front().id) {
        return {};
    }
    std::vector<Link> links;
    view.links(std::span(&id, 1), {}, links);
    return creation(objects.front(), links);
}

/// What an object was when it was created: the present, less what came after (`later`, newest
/// first, as walking back meets them).
Past creation_of(View& view, ObjectId id, std::span<const Past> later) {
    Past made{present(view, id), {}};
    std::map<std::string, ForgottenChange> forgotten;
    for (const auto& change : later) {
        follow(made.known, inverse(change.known));
        for (const auto& one : change.forgotten) {
            auto& of = forgotten[one.attribute];
            of.attribute = one.attribute;
            of.after = one.before;
            for (auto link : one.links) {
                link.opened = true;
                std::erase(of.links, link);
                if (!std::ranges::count(one.links, LinkChange{{}, true, link.target, link.text})) {
                    of.links.push_back(std::move(link));
                }
            }
        }
    }
    if (made.known.state && made.known.state->second == ObjectState::normal) {
        made.known.state.reset();
    }
    if (made.known.joined && !made.known.joined->second) {
        made.known.joined.reset();  // where the present is not known, walking back leaves this
    }
    for (auto& [name, change] : forgotten) {
        made.forgotten.push_back(std::move(change));
    }
    return made;
}

ValueDifference in_words(const Schema& schema, View& view, const ForgottenChange& change) {
    ValueDifference said;
    said.what = change.attribute;
    said.links = !change.links.empty();
    said.before = change.before;
    said.after = change.after;
    std::vector<ObjectId> ids;
    ids.reserve(change.links.size());
    for (const auto& link : change.links) {
        ids.push_back(link.target);
    }
    const auto paths = object_paths(schema, view, ids);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto& link = change.links[i];
        (link.opened ? said.after : said.before).push_back(link.target ? paths[i] : link.text);
    }
    std::ranges::sort(said.before);
    std::ranges::sort(said.after);
    return said;
}

/// What is erased was there, whatever state it was in, and is no more: that it is gone is said.
void drop_states(const Change& change, Delta& delta) {
    if (change.kind == ChangeKind::erase) {
        delta.state.reset();
    }
}

}  // namespace

std::vector<PastChange> read_past(const Schema& schema, View& view, ObjectId object,
                                  std::size_t most) {
    auto changes = view.history(object, most);
    std::vector<Past> all;
    all.reserve(changes.size());
    for (const auto& change : changes) {
        if (change.kind == ChangeKind::create) {
            all.push_back(creation_of(view, object, all));
        } else {
            all.push_back({decode_delta(change.delta, change.type, schema),
                           decode_forgotten(change.delta, change.type, schema)});
        }
    }
    std::vector<Delta> deltas;
    deltas.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        drop_states(changes[i], all[i].known);
        deltas.push_back(std::move(all[i].known));
    }
    auto values = describe(schema, view, deltas);
    std::vector<PastChange> past;
    past.reserve(changes.size());
    for (std::size_t i = 0; i < changes.size(); ++i) {
        for (const auto& change : all[i].forgotten) {
            values[i].push_back(in_words(schema, view, change));
        }
        auto commit = view.commit(changes[i].commit);
        past.push_back({std::move(changes[i]), std::move(commit), std::move(values[i])});
    }
    return past;
}

}  // namespace muster
