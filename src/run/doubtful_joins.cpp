#include "run/doubtful_joins.h"

#include <fmt/format.h>

#include <algorithm>

#include "run/object_path.h"

namespace muster {

namespace {

/// A join in doubt, and whose object it would be.
struct Claim {
    const Doubt* doubt;
    KeyValue key;
    ObjectId claimant;
};

/// The first key of each that anybody has.
std::vector<Claim> find_claims(View& view, const Schema& schema, std::span<const Doubt> doubts) {
    std::map<KeyId, std::vector<std::pair<std::size_t, std::string_view>>> asked;
    for (std::size_t i = 0; i < doubts.size(); ++i) {
        for (const auto& [key, value] : doubts[i].keys) {
            asked[key].emplace_back(i, value);
        }
    }
    std::vector<std::optional<Claim>> claims(doubts.size());
    for (const auto& key : schema.keys()) {
        const auto of = asked.find(key.id);
        if (of == asked.end()) {
            continue;
        }
        std::vector<std::string_view> values;
        for (const auto& [doubt, value] : of->second) {
            values.push_back(value);
        }
        view.match(key.id, kMetaverse, values, [&](std::size_t at, ObjectId id) {
            const auto& [i, value] = of->second[at];
            if (id != doubts[i].metaverse && !claims[i]) {
                claims[i] = {&doubts[i], {key.id, std::string(value)}, id};
            }
        });
    }
    std::vector<Claim> found;
    for (auto& claim : claims) {
        if (claim) {
            found.push_back(std::move(*claim));
        }
    }
    return found;
}

void tell(SyncState& state, std::span<const Claim> claims) {
    const auto& schema = state.step.schema();
    std::vector<ObjectId> connectors;
    std::vector<ObjectId> named;
    for (const auto& claim : claims) {
        connectors.push_back(claim.doubt->connector);
        named.push_back(claim.doubt->metaverse);
        named.push_back(claim.claimant);
    }
    std::vector<Object> objects;
    state.view.hydrate(connectors, objects);
    const auto paths = object_paths(schema, state.view, named);
    for (std::size_t i = 0; i < claims.size(); ++i) {
        state.step.item(
            objects[i],
            {"join-in-doubt",
             fmt::format("it is joined to {}, but {} '{}' is that of {} now. A join never moves by "
                         "itself: mend the value, or leave the object out of one run so that it is "
                         "joined anew",
                         paths[2 * i], schema.key(claims[i].key.key).name, claims[i].key.value,
                         paths[2 * i + 1])});
    }
}

/// Whether Muster itself gives an object what it is looked for by: it will be put right.
bool is_written(const RuleBook& book, TypeId type, const MatchingRule& match) {
    return std::ranges::any_of(book.connector_type(type).outbound, [&](std::uint16_t rule) {
        return std::ranges::any_of(
            book.configuration().outbound[rule].flows,
            [&](const Flow& flow) { return std::ranges::count(match.connector, flow.target) > 0; });
    });
}

}  // namespace

std::vector<KeyValue> unmatched_keys(Rules& rules, const Object& connector,
                                     const Document& metaverse) {
    const auto& book = rules.book();
    std::vector<KeyValue> unmatched;
    std::vector<std::string> wanted;
    std::vector<std::string> there;
    for (const auto at : book.connector_type(connector.type).inbound) {
        const auto& rule = book.configuration().inbound[at];
        for (const auto& match : rule.join) {
            wanted.clear();
            there.clear();
            if (is_written(book, connector.type, match)) {
                return {};
            }
            const auto& key = book.schema().key(match.key);
            matching_values(book.schema(), key.id, match.connector, connector.attributes, wanted);
            matching_values(book.schema(), key.id, key.attributes, metaverse, there);
            const auto has = [&](const std::string& value) {
                return std::ranges::binary_search(there, value);
            };
            if (std::ranges::any_of(wanted, has)) {
                return {};
            }
            for (auto& value : wanted) {
                unmatched.push_back({key.id, std::move(value)});
            }
        }
    }
    return unmatched;
}

void tell_doubtful_joins(SyncState& state) {
    std::ranges::sort(state.doubts, {}, &Doubt::connector);
    const auto repeated = std::ranges::unique(state.doubts, {}, &Doubt::connector);
    state.doubts.erase(repeated.begin(), repeated.end());
    const auto page_objects = state.step.context().options.page_objects;
    for (std::size_t begin = 0; begin < state.doubts.size(); begin += page_objects) {
        const auto page = std::span(state.doubts)
                              .subspan(begin, std::min(page_objects, state.doubts.size() - begin));
        const auto claims = find_claims(state.view, state.step.schema(), page);
        tell(state, claims);
        std::map<ObjectId, bool> in_doubt;
        for (const auto& doubt : page) {
            if (doubt.ends) {
                in_doubt.emplace(doubt.metaverse, false);
            }
        }
        for (const auto& claim : claims) {
            in_doubt[claim.doubt->metaverse] = true;
        }
        std::vector<ObjectId> ids;
        for (const auto& [id, doubted] : in_doubt) {
            ids.push_back(id);
        }
        std::vector<Object> objects;
        state.view.hydrate(ids, objects);
        ChangeSet changes = state.step.changes();
        for (auto& object : objects) {
            if (object.id && object.retry != in_doubt.at(object.id)) {
                ObjectWrite write;
                write.attributes_changed = write.identity_changed = false;
                object.retry = in_doubt.at(object.id);
                write.object = std::move(object);
                changes.objects.push_back(std::move(write));
            }
        }
        state.submit(std::move(changes));
    }
    state.committer.drain();
    state.doubts.clear();
}

}  // namespace muster
