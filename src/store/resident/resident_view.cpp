#include "store/resident/resident_view.h"

#include <algorithm>

namespace muster::resident {
namespace {

constexpr std::size_t kIndexPage = 1'000;  // rows

/// Runs `resident(spaces)` where there are any, else `direct()`, which needs no lock.
template <class Resident, class Direct>
auto answer(const Residency& residency, const Resident& resident, const Direct& direct) {
    if (const auto spaces = residency.read()) {
        return resident(*spaces);
    }
    return direct();
}

/// Runs `ask`, and once more where it leaves something missing that others may have committed.
template <class Ask, class Missing>
void ask_again_where(const Missing& missing, const ResidentView::Source& source, const Ask& ask) {
    ask();
    if (missing() && source.refresh()) {
        ask();
    }
}

bool any_missing(std::span<const ObjectId> ids) {
    return std::ranges::find(ids, ObjectId{}) != ids.end();
}

}  // namespace

void ResidentView::lookup(TypeId type, std::span<const std::string_view> anchors,
                          std::span<ObjectId> ids) {
    const auto ask = [&] {
        answer(
            source_.residency, [&](const auto& spaces) { spaces.lookup(type, anchors, ids); },
            [&] { ForwardingView::lookup(type, anchors, ids); });
    };
    ask_again_where([&] { return any_missing(ids); }, source_, ask);
}

void ResidentView::named(SpaceId system, std::span<const std::string_view> names,
                         const std::function<void(std::size_t, const Named&)>& found) {
    std::vector<std::pair<std::size_t, Named>> matches;
    const auto collect = [&](std::size_t i, const Named& object) {
        matches.emplace_back(i, object);
    };
    const auto ask = [&] {
        matches.clear();
        answer(
            source_.residency, [&](const auto& spaces) { spaces.named(system, names, collect); },
            [&] { ForwardingView::named(system, names, collect); });
    };
    ask_again_where([&] { return matches.size() < names.size(); }, source_, ask);
    for (const auto& [i, object] : matches) {
        found(i, object);
    }
}

void ResidentView::match(KeyId key, SpaceId space, std::span<const std::string_view> values,
                         const std::function<void(std::size_t, ObjectId)>& found) {
    std::vector<std::pair<std::size_t, ObjectId>> matches;
    const auto collect = [&](std::size_t i, ObjectId id) { matches.emplace_back(i, id); };
    const auto ask = [&] {
        matches.clear();
        answer(
            source_.residency,
            [&](const auto& spaces) { spaces.keys().match(key, space, values, matches); },
            [&] { ForwardingView::match(key, space, values, collect); });
    };
    ask_again_where([&] { return matches.size() < values.size(); }, source_, ask);
    for (const auto& [i, id] : matches) {
        found(i, id);
    }
}

bool ResidentView::has_keys(KeyId key, SpaceId space) {
    return answer(
        source_.residency, [&](const auto& spaces) { return spaces.keys().any(key, space); },
        [&] { return ForwardingView::has_keys(key, space); });
}

bool ResidentView::index_page(SpaceId space, ObjectId after, std::vector<IndexRow>& rows,
                              std::string& texts) const {
    rows.clear();
    texts.clear();
    const auto spaces = source_.residency.read();
    if (!spaces) {
        return false;
    }
    std::vector<ObjectId> ids;
    for (const auto type : source_.schema.space(space).types) {
        spaces->objects(type, after, kIndexPage, ids);
    }
    std::ranges::sort(ids);
    ids.resize(std::min(ids.size(), kIndexPage));
    for (const auto id : ids) {
        const PackedObject object = unpack(spaces->find(id));
        rows.push_back({id, object.type, object.state, object.joined, object.payload, object.anchor,
                        object.name});
        texts.append(object.anchor).append(object.name);
    }
    const char* text = texts.data();
    for (auto& row : rows) {
        row.anchor = {text, row.anchor.size()};
        text += row.anchor.size();
        row.name = {text, row.name.size()};
        text += row.name.size();
    }
    return true;
}

void ResidentView::index(SpaceId space, const std::function<void(const IndexRow&)>& each) {
    std::vector<IndexRow> rows;
    std::string texts;
    ObjectId after;
    while (index_page(space, after, rows, texts)) {
        for (const auto& row : rows) {
            each(row);
        }
        if (rows.size() < kIndexPage) {
            return;
        }
        after = rows.back().id;
    }
    ForwardingView::index(space, [&](const IndexRow& row) {
        if (row.id > after) {
            each(row);
        }
    });
}

void ResidentView::objects(TypeId type, ObjectId after, std::size_t most,
                           std::vector<ObjectId>& ids) {
    answer(
        source_.residency, [&](const auto& spaces) { spaces.objects(type, after, most, ids); },
        [&] { ForwardingView::objects(type, after, most, ids); });
}

void ResidentView::hydrate(std::span<const ObjectId> ids, std::vector<Object>& objects) {
    const auto ask = [&] {
        answer(
            source_.residency, [&](const auto& spaces) { spaces.hydrate(ids, objects); },
            [&] { ForwardingView::hydrate(ids, objects); });
    };
    ask_again_where(
        [&] {
            return std::ranges::any_of(objects, [](const Object& object) { return !object.id; });
        },
        source_, ask);
}

void ResidentView::identify(std::span<const ObjectId> ids, std::vector<Identity>& identities) {
    answer(
        source_.residency, [&](const auto& spaces) { spaces.identify(ids, identities); },
        [&] { ForwardingView::identify(ids, identities); });
}

void ResidentView::connectors(std::span<const ObjectId> metaverse, std::vector<Join>& joins) {
    answer(
        source_.residency, [&](const auto& spaces) { spaces.connectors(metaverse, joins); },
        [&] { ForwardingView::connectors(metaverse, joins); });
}

void ResidentView::joined(std::span<const ObjectId> connectors, std::span<ObjectId> metaverse) {
    answer(
        source_.residency, [&](const auto& spaces) { spaces.joined(connectors, metaverse); },
        [&] { ForwardingView::joined(connectors, metaverse); });
}

void ResidentView::links(std::span<const ObjectId> sources, AttributeId attribute,
                         std::vector<Link>& links) {
    answer(
        source_.residency, [&](const auto& spaces) { spaces.links(sources, attribute, links); },
        [&] { ForwardingView::links(sources, attribute, links); });
}

void ResidentView::referrers(std::span<const ObjectId> targets, std::vector<Link>& links) {
    answer(
        source_.residency, [&](const auto& spaces) { spaces.referrers(targets, links); },
        [&] { ForwardingView::referrers(targets, links); });
}

void ResidentView::exist(std::span<const Link> links, std::span<bool> answers) {
    answer(
        source_.residency, [&](const auto& spaces) { spaces.exist(links, answers); },
        [&] { ForwardingView::exist(links, answers); });
}

void ResidentView::count_links(std::span<const LinkCount> asked, std::span<std::uint64_t> counts) {
    answer(
        source_.residency, [&](const auto& spaces) { spaces.count_links(asked, counts); },
        [&] { ForwardingView::count_links(asked, counts); });
}

void ResidentView::unresolved(SpaceId space, const std::function<void(const Link&)>& each) {
    std::vector<Link> links;
    answer(
        source_.residency, [&](const auto& spaces) { spaces.unresolved(space, links); },
        [&] { ForwardingView::unresolved(space, each); });
    for (const auto& link : links) {
        each(link);
    }
}

void ResidentView::gone(SpaceId space, std::vector<ObjectId>& ids) {
    answer(
        source_.residency, [&](const auto& spaces) { spaces.gone(space, ids); },
        [&] { ForwardingView::gone(space, ids); });
}

void ResidentView::retries(SpaceId space, std::vector<ObjectId>& ids) {
    answer(
        source_.residency, [&](const auto& spaces) { spaces.retries(space, ids); },
        [&] { ForwardingView::retries(space, ids); });
}

void ResidentView::due(Instant moment, std::vector<ObjectId>& ids) {
    answer(
        source_.residency, [&](const auto& spaces) { spaces.due(moment, ids); },
        [&] { ForwardingView::due(moment, ids); });
}

}  // namespace muster::resident
