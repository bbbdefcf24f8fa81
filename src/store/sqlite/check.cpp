#include "store/sqlite/check.h"

#include <optional>

#include "base/error.h"
#include "store/replay.h"

namespace muster::sqlite {
namespace {

constexpr std::size_t kComplaintsOfAKind = 20;

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
    replay_log(view, *source.schema, *source.names, every_nth, progress, complaints);
    return complaints;
}

}  // namespace muster::sqlite
