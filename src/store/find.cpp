#include "store/find.h"

#include <algorithm>
#include <string>

#include "base/dn.h"
#include "base/limits.h"
#include "base/text.h"
#include "model/matching.h"

namespace muster {

namespace {

std::vector<ObjectId> find_identified(View& view, const Schema& schema, SpaceId space,
                                      std::string_view text) {
    std::vector<ObjectId> found;
    ObjectId id;
    for (const TypeId type : schema.space(space).types) {
        view.lookup(type, std::span(&text, 1), std::span(&id, 1));
        if (id)
            found.push_back(id);
    }
    const std::string name(text);
    for (const TypeId type : schema.space(space).types)
        if (const ObjectId named = find_named(view, space, std::span(&name, 1), type).front())
            found.push_back(named);
    for (const MatchingKey& key : schema.keys())
        if (key.attributes.size() == 1 && schema.space_of(key.type) == space) {
            const std::string matching = matching_value(schema, key, 0, text);
            const std::string_view value = matching;
            view.match(key.id, space, std::span(&value, 1),
                       [&](std::size_t, ObjectId holder) { found.push_back(holder); });
        }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

bool holds(const Object& object, const std::string& folded) {
    return std::any_of(object.attributes.begin(), object.attributes.end(),
                       [&](const Document::Value& v) { return fold(v.text) == folded; });
}

void find_value(View& view, TypeId type, const std::string& folded, std::size_t most,
                std::vector<ObjectId>& found) {
    const std::size_t enough = found.size() + most;
    std::vector<ObjectId> page;
    std::vector<Object> read;
    ObjectId after;
    do {
        page.clear();
        view.objects(type, after, limits::kPageObjects, page);
        view.hydrate(page, read);
        for (const Object& object : read)
            if (object.id && found.size() < enough && holds(object, folded))
                found.push_back(object.id);
        if (!page.empty())
            after = page.back();
    } while (!page.empty() && found.size() < enough);
}

}  // namespace

std::vector<ObjectId> find_named(View& view, SpaceId system, std::span<const std::string> names,
                                 TypeId type) {
    struct Best {
        ObjectId gone;
        ObjectId there;
        std::size_t spelled_otherwise = 0;
        std::size_t spelled_so = 0;
    };
    std::vector<std::string> normalised;
    normalised.reserve(names.size());
    for (const std::string& name : names)
        normalised.push_back(normalize_dn(name));
    std::vector<Best> best(names.size());
    const std::vector<std::string_view> asked(normalised.begin(), normalised.end());
    view.named(system, asked, [&](std::size_t i, const Named& object) {
        if (type && object.type != type)
            return;
        Best& of = best[i];
        if (object.state == ObjectState::gone) {
            of.gone = std::max(of.gone, object.id);
        } else if (object.name == names[i]) {
            of.there = object.id;
            ++of.spelled_so;
        } else {
            of.there = of.spelled_so == 0 ? object.id : of.there;
            ++of.spelled_otherwise;
        }
    });
    std::vector<ObjectId> ids;
    ids.reserve(names.size());
    for (const Best& of : best) {
        if (of.spelled_so + of.spelled_otherwise == 0)
            ids.push_back(of.gone);
        else
            ids.push_back(of.spelled_so == 1 || of.spelled_so + of.spelled_otherwise == 1
                              ? of.there
                              : ObjectId{});
    }
    return ids;
}

std::vector<ObjectId> find_objects(View& view, const Schema& schema, SpaceId space,
                                   std::string_view text, std::size_t most) {
    const std::string folded = fold(text);
    std::vector<ObjectId> found = find_identified(view, schema, space, text);
    if (found.empty()) {
        for (const TypeId type : schema.space(space).types)
            find_value(view, type, folded, most, found);
        std::sort(found.begin(), found.end());
    }
    if (found.size() > most)
        found.resize(most);
    return found;
}

}  // namespace muster
