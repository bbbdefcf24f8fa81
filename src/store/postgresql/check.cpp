#include "store/postgresql/check.h"

#include "base/error.h"

namespace muster::postgresql {
namespace {

constexpr int kComplaintsOfAKind = 20;

/// A question whose every row is a complaint: its first column is told with the text.
struct Question {
    const char* complaint;
    const char* sql;
};

constexpr Question kQuestions[] = {
    {"object {} is joined to no metaverse object",
     "SELECT c.id FROM object c LEFT JOIN object m ON m.id = c.joined AND m.space = "
     "(SELECT id FROM names WHERE kind = 1 ORDER BY id LIMIT 1) "
     "WHERE c.joined IS NOT NULL AND m.id IS NULL"},
    {"object {} is of a type or space without a name",
     "SELECT o.id FROM object o LEFT JOIN names t ON t.id = o.type AND t.kind = 2 "
     "WHERE t.parent IS DISTINCT FROM o.space"},
    {"object {} is there twice", "SELECT id FROM object GROUP BY id HAVING count(*) > 1"},
    {"object {} has provenance without a pattern",
     "SELECT o.id FROM object o LEFT JOIN pattern p ON p.id = o.provenance "
     "WHERE o.provenance <> 0 AND p.id IS NULL"},
    {"object {} says it was changed by a commit that does not exist",
     "SELECT id FROM object WHERE commit_no > (SELECT last FROM counter)"},
    {"object {} has no log entry for its last change",
     "SELECT o.id FROM object o LEFT JOIN change c ON c.commit_no = o.commit_no AND "
     "c.object = o.id WHERE o.commit_no >= (SELECT min(number) FROM commit) AND c.object IS NULL"},
    {"a link comes from object {}, which does not exist",
     "SELECT DISTINCT l.source FROM link l LEFT JOIN object o ON o.id = l.source "
     "WHERE o.id IS NULL"},
    {"a link points to object {}, which does not exist",
     "SELECT DISTINCT l.target FROM link l LEFT JOIN object o ON o.id = l.target "
     "WHERE l.target <> 0 AND o.id IS NULL"},
    {"a link of object {} has both a target and a text, or neither",
     "SELECT source FROM link WHERE (target = 0) = (text = '') OR (text = '') <> (text_key = 0)"},
    {"a link goes through attribute {}, which has no name",
     "SELECT DISTINCT l.attribute FROM link l LEFT JOIN names n ON n.id = l.attribute AND "
     "n.kind = 3 WHERE n.id IS NULL"},
    {"a matching key is of object {}, which does not exist",
     "SELECT DISTINCT k.object FROM key k LEFT JOIN object o ON o.id = k.object "
     "WHERE o.id IS NULL"},
    {"matching key {} has no name",
     "SELECT DISTINCT k.key FROM key k LEFT JOIN names n ON n.id = k.key AND n.kind = 4 "
     "WHERE n.id IS NULL"},
    {"an export is pending for object {}, which does not exist",
     "SELECT e.object FROM export e LEFT JOIN object o ON o.id = e.object WHERE o.id IS NULL"},
    {"links of object {} are pending without an export",
     "SELECT DISTINCT l.object FROM export_link l LEFT JOIN export e ON e.object = l.object "
     "WHERE e.object IS NULL"},
    {"a link to object {} is pending, which does not exist",
     "SELECT DISTINCT l.target FROM export_link l LEFT JOIN object o ON o.id = l.target "
     "WHERE l.target <> 0 AND l.adds = 1 AND o.id IS NULL"},
    {"the log has a gap before commit {}",
     "SELECT number FROM (SELECT number, lag(number) OVER (ORDER BY number) AS before FROM commit) "
     "c WHERE before IS NOT NULL AND number <> before + 1"},
    {"the log ends at another commit than the counter says: {}",
     "SELECT max(number) FROM commit HAVING coalesce(max(number), 0) <> "
     "(SELECT last FROM counter)"},
    {"the log has changes of commit {}, which does not exist",
     "SELECT DISTINCT c.commit_no FROM change c LEFT JOIN commit k ON k.number = c.commit_no "
     "WHERE k.number IS NULL"},
    {"a follower stands at commit {}, which does not exist",
     "SELECT position FROM follower WHERE position > (SELECT last FROM counter)"},
    {"the counter of type {} is not the number of its objects",
     "SELECT type FROM (SELECT type, count(*) AS n FROM object GROUP BY type UNION ALL "
     "SELECT type, -count FROM population WHERE attribute = 0) p GROUP BY type "
     "HAVING sum(n) <> 0"},
    {"the counter of attribute {} is not the number of its links",
     "SELECT attribute FROM (SELECT attribute, count(*) AS n FROM link GROUP BY attribute "
     "UNION ALL SELECT attribute, -count FROM population WHERE attribute <> 0) p "
     "GROUP BY attribute HAVING sum(n) <> 0"},
};

}  // namespace

std::vector<std::string> ask_questions(Source& source) {
    std::vector<std::string> complaints;
    for (const Question& question : kQuestions) {
        const Result rows = source.ask(question.sql, Parameters());
        for (int i = 0; i < std::min(rows.size(), kComplaintsOfAKind); ++i)
            complaints.push_back(fmt::format(fmt::runtime(question.complaint), rows[i].integer(0)));
        if (rows.size() > kComplaintsOfAKind)
            complaints.push_back(
                fmt::format("… and {} more of these", rows.size() - kComplaintsOfAKind));
    }
    return complaints;
}

}  // namespace muster::postgresql
