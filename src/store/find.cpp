#include "store/find.h"

#include <algorithm>
#include <string>

#include "base/dn.h"
#include "base/limits.h"
#include "base/text.h"

namespace muster {

namespace {

std::vector<ObjectId> find_identified(View& view, const Schema& schema, SpaceId space,
                                      std::string_view text, const std::string& folded) {
    std::vector<ObjectId> found;
    ObjectId id;
    for (const TypeId type : schema.space(space).types) {
        view.lookup(type, std::span(&text, 1), std::span(&id, 1));
        if (id)
            found.push_back(id);
    }
    const std::string normalised = normalize_dn(text);
    const std::string_view name = normalised;
    view.lookup_names(space, std::span(&name, 1), std::span(&id, 1));
    if (id)
        found.push_back(id);
    const std::string_view value = folded;
    for (const MatchingKey& key : schema.keys())
        if (key.attributes.size() == 1 && schema.space_of(key.type) == space)
            view.match(key.id, space, std::span(&value, 1),
                       [&](std::size_t, ObjectId holder) { found.push_back(holder); });
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

std::vector<ObjectId> find_objects(View& view, const Schema& schema, SpaceId space,
                                   std::string_view text, std::size_t most) {
    const std::string folded = fold(text);
    std::vector<ObjectId> found = find_identified(view, schema, space, text, folded);
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
