#include "run/past.h"

#include <span>
#include <utility>

#include "run/net_delta.h"

namespace muster {
namespace {

/// What the object is now, as the delta that would make it; empty for an erased one.
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

}  // namespace

std::vector<PastChange> read_past(const Schema& schema, View& view, ObjectId object,
                                  std::size_t most) {
    auto changes = view.history(object, most);
    std::vector<Delta> deltas;
    deltas.reserve(changes.size());
    for (const auto& change : changes) {
        if (change.kind != ChangeKind::create) {
            deltas.push_back(decode_delta(change.delta, change.type, schema));
            continue;
        }
        auto made = present(view, object);
        for (const auto& later : deltas) {  // newest first, as walking back meets them
            follow(made, inverse(later));
        }
        deltas.push_back(std::move(made));
    }
    auto values = describe(schema, view, deltas);
    std::vector<PastChange> past;
    past.reserve(changes.size());
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto commit = view.commit(changes[i].commit);
        past.push_back({std::move(changes[i]), std::move(commit), std::move(values[i])});
    }
    return past;
}

}  // namespace muster
