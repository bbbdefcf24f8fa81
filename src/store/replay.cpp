#include "store/replay.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "base/error.h"

namespace muster {
namespace {

constexpr std::size_t kPage = 1'000;
constexpr std::size_t kWholeHistory = std::numeric_limits<std::int32_t>::max();

/// Walks the history of objects backwards: what every step says it led to must be what the object
/// holds there, and the document that is left at its creation must be the one that was created.
/// (Links opened with an object are not in the log of its creation.)
class Replay {
 public:
    Replay(View& view, const Schema& schema, const Names& names)
        : view_(view), schema_(schema), names_(names) {}

    /// Empty where the log and the object agree.
    std::string contradiction(const Object& object) {
        load(object);
        for (const Change& change : view_.history(object.id, kWholeHistory)) {
            if (change.kind == ChangeKind::create)
                return created(object, change);
            const Delta delta = decode_delta(change.delta, object.type, schema_);
            if (change.kind == ChangeKind::erase || !step_back(delta))
                return fmt::format("object {}: commit {} in the log does not lead to what it holds",
                                   object.id.value, change.commit.value);
        }
        return {};
    }

 private:
    /// One link the object holds; the attribute says which of its own it is.
    using Held = std::tuple<AttributeId, ObjectId, std::string>;

    void load(const Object& object) {
        document_ = object.attributes;
        std::vector<Link> links;
        view_.links(std::span(&object.id, 1), {}, links);
        links_.clear();
        for (Link& link : links)
            links_.emplace_hint(links_.end(), link.attribute, link.target, std::move(link.text));
    }

    bool step_back(const Delta& delta) {
        for (const LinkChange& change : delta.links) {
            Held held{change.attribute, change.target, change.text};
            const bool agrees =
                change.opened ? links_.erase(held) == 1 : links_.insert(std::move(held)).second;
            if (!agrees)
                return false;
        }
        return muster::apply(inverse(delta).attributes, document_);
    }

    std::string created(const Object& object, const Change& change) {
        if (change.commit <= names_.redefined(object.type))
            return {};
        json_.clear();
        encode(document_, schema_, json_);
        if (hex(digest(json_)) == change.delta)
            return {};
        return fmt::format("object {}: its log does not lead back to what commit {} created",
                           object.id.value, change.commit.value);
    }

    View& view_;
    const Schema& schema_;
    const Names& names_;
    Document document_;
    std::set<Held> links_;
    std::string json_;
};

std::uint64_t object_count(View& view, const Schema& schema) {
    std::uint64_t count = 0;
    for (const Space& space : schema.spaces())
        for (const Population& population : view.population(space.id))
            count += population.attribute ? 0 : population.count;
    return count;
}

}  // namespace

void replay_log(View& view, const Schema& schema, const Names& names, std::size_t every_nth,
                const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                std::vector<std::string>& complaints) {
    Replay replay(view, schema, names);
    const std::uint64_t total = object_count(view, schema);
    std::uint64_t done = 0;
    std::vector<ObjectId> page;
    std::vector<ObjectId> sample;
    std::vector<Object> objects;
    for (const ObjectType& type : schema.types()) {
        ObjectId after;
        while (page.clear(), view.objects(type.id, after, kPage, page), !page.empty()) {
            sample.clear();
            for (const ObjectId id : page)
                if (done++ % std::max<std::size_t>(every_nth, 1) == 0)
                    sample.push_back(id);
            view.hydrate(sample, objects);
            for (const Object& object : objects)
                if (std::string text = replay.contradiction(object); !text.empty())
                    complaints.push_back(std::move(text));
            after = page.back();
            if (progress)
                progress(done, total);
        }
    }
}

}  // namespace muster
