#include "store/sqlite/check.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <tuple>

#include "base/error.h"

namespace muster::sqlite {
namespace {

constexpr std::size_t kComplaintsOfAKind = 20;
constexpr std::size_t kPage = 1'000;
constexpr std::size_t kWholeHistory = std::numeric_limits<std::int32_t>::max();

/// A question whose every row is a complaint: its first column is told with the text.
struct Question {
    const char* complaint;
    const char* sql;
};

constexpr Question kQuestions[] = {
    {"the file itself: {}", "PRAGMA integrity_check(20)"},
    {"object {} is joined to no metaverse object",
     "SELECT c.id FROM object c LEFT JOIN object m ON m.id = c.joined "
     "WHERE c.joined IS NOT NULL AND (m.id IS NULL OR m.space <> "
     "(SELECT id FROM names WHERE kind = 1 ORDER BY id LIMIT 1))"},
    {"object {} is of a type or space without a name",
     "SELECT o.id FROM object o WHERE o.type NOT IN (SELECT id FROM names WHERE kind = 2) OR "
     "o.space <> (SELECT parent FROM names WHERE id = o.type)"},
    {"object {} has provenance without a pattern",
     "SELECT id FROM object WHERE provenance <> 0 AND "
     "provenance NOT IN (SELECT id FROM pattern)"},
    {"object {} says it was changed by a commit that does not exist",
     "SELECT id FROM object WHERE commit_no > (SELECT coalesce(max(number), 0) FROM \"commit\")"},
    {"object {} has no log entry for its last change",
     "SELECT o.id FROM object o WHERE o.commit_no >= (SELECT min(number) FROM \"commit\") AND NOT "
     "EXISTS (SELECT 1 FROM change c WHERE c.commit_no = o.commit_no AND c.object = o.id)"},
    {"a link comes from object {}, which does not exist",
     "SELECT DISTINCT source FROM link WHERE source NOT IN (SELECT id FROM object)"},
    {"a link points to object {}, which does not exist",
     "SELECT DISTINCT target FROM link WHERE target <> 0 AND "
     "target NOT IN (SELECT id FROM object)"},
    {"a link of object {} has both a target and a text, or neither",
     "SELECT source FROM link WHERE (target = 0) = (text = '')"},
    {"a link goes through attribute {}, which has no name",
     "SELECT DISTINCT attribute FROM link WHERE attribute NOT IN "
     "(SELECT id FROM names WHERE kind = 3)"},
    {"a matching key is of object {}, which does not exist",
     "SELECT DISTINCT object FROM \"key\" WHERE object NOT IN (SELECT id FROM object)"},
    {"matching key {} has no name",
     "SELECT DISTINCT \"key\" FROM \"key\" WHERE \"key\" NOT IN "
     "(SELECT id FROM names WHERE kind = 4)"},
    {"an export is pending for object {}, which does not exist",
     "SELECT object FROM export WHERE object NOT IN (SELECT id FROM object)"},
    {"links of object {} are pending without an export",
     "SELECT DISTINCT object FROM export_link WHERE object NOT IN (SELECT object FROM export)"},
    {"a link to object {} is pending, which does not exist",
     "SELECT DISTINCT target FROM export_link WHERE target <> 0 AND \"add\" = 1 AND "
     "target NOT IN (SELECT id FROM object)"},
    {"the log has a gap before commit {}",
     "SELECT number FROM \"commit\" WHERE number > (SELECT min(number) FROM \"commit\") AND "
     "number - 1 NOT IN (SELECT number FROM \"commit\")"},
    {"the log has changes of commit {}, which does not exist",
     "SELECT DISTINCT commit_no FROM change WHERE commit_no NOT IN "
     "(SELECT number FROM \"commit\")"},
    {"a follower stands at commit {}, which does not exist",
     "SELECT position FROM follower WHERE position > "
     "(SELECT coalesce(max(number), 0) FROM \"commit\")"},
    {"the counter of type {} is not the number of its objects",
     "SELECT type FROM (SELECT type, count(*) AS n FROM object GROUP BY type UNION ALL "
     "SELECT type, -count FROM population WHERE attribute = 0) GROUP BY type HAVING sum(n) <> 0"},
    {"the counter of attribute {} is not the number of its links",
     "SELECT attribute FROM (SELECT attribute, count(*) AS n FROM link GROUP BY attribute "
     "UNION ALL SELECT attribute, -count FROM population WHERE attribute <> 0) "
     "GROUP BY attribute HAVING sum(n) <> 0"},
};

/// Walks the history of objects backwards: what every step says it led to must be what the object
/// holds there, and the document that is left at its creation must be the one that was created.
/// (Links opened with an object are not in the log of its creation.)
class Replay {
 public:
    Replay(SqliteView& view, const Schema& schema, const Names& names)
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

    SqliteView& view_;
    const Schema& schema_;
    const Names& names_;
    Document document_;
    std::set<Held> links_;
    std::string json_;
};

void ask(const ViewSource& source, const Question& question, std::vector<std::string>& complaints) {
    const auto lock =
        source.mutex ? std::unique_lock(*source.mutex) : std::unique_lock<std::mutex>();
    Statement statement(*source.connection, question.sql);
    Query row = statement();
    std::size_t count = 0;
    for (; row.next(); ++count)
        if (count < kComplaintsOfAKind && row.text(0) != "ok")
            complaints.push_back(fmt::format(fmt::runtime(question.complaint), row.text(0)));
    if (count > kComplaintsOfAKind)
        complaints.push_back(fmt::format("… and {} more of these", count - kComplaintsOfAKind));
}

std::uint64_t object_count(SqliteView& view, const Schema& schema) {
    std::uint64_t count = 0;
    for (const Space& space : schema.spaces())
        for (const Population& population : view.population(space.id))
            count += population.attribute ? 0 : population.count;
    return count;
}

}  // namespace

std::vector<std::string> check(const ViewSource& source, std::size_t every_nth,
                               const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    std::vector<std::string> complaints;
    // One state for all questions, whatever others commit meanwhile. (A preview's is its own.)
    std::optional<Snapshot> snapshot;
    if (!source.mutex)
        snapshot.emplace(*source.connection);
    for (const Question& question : kQuestions)
        ask(source, question, complaints);
    SqliteView view(source);
    Replay replay(view, *source.schema, *source.names);
    const std::uint64_t total = object_count(view, *source.schema);
    std::uint64_t done = 0;
    std::vector<ObjectId> page;
    std::vector<ObjectId> sample;
    std::vector<Object> objects;
    for (const ObjectType& type : source.schema->types()) {
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
    return complaints;
}

}  // namespace muster::sqlite
