#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/names.h"
#include "store/object_row.h"
#include "store/sqlite/connection.h"
#include "store/view.h"

namespace muster::sqlite {

/// What a view reads through. Where `mutex` is set (preview), the connection is shared with the
/// writer and other views: every call then runs under the mutex, and streams collect their rows
/// first, so that callbacks never run under it.
struct ViewSource {
    std::shared_ptr<Connection> connection;
    std::mutex* mutex = nullptr;
    const Schema* schema = nullptr;
    std::shared_ptr<const Names> names;
};

/// Each call reads one snapshot. A call made within another's callback reads that one's.
class SqliteView final : public View {
 public:
    explicit SqliteView(ViewSource source);

    // view_objects.cpp
    void lookup(TypeId type, std::span<const std::string_view> anchors,
                std::span<ObjectId> ids) override;
    void named(SpaceId system, std::span<const std::string_view> wanted,
               const std::function<void(std::size_t, const Named&)>& found) override;
    void match(KeyId key, SpaceId space, std::span<const std::string_view> values,
               const std::function<void(std::size_t, ObjectId)>& found) override;
    bool has_keys(KeyId key, SpaceId space) override;
    void index(SpaceId space, const std::function<void(const IndexRow&)>& row) override;
    void objects(TypeId type, ObjectId after, std::size_t most,
                 std::vector<ObjectId>& ids) override;
    void hydrate(std::span<const ObjectId> ids, std::vector<Object>& objects) override;
    void identify(std::span<const ObjectId> ids, std::vector<Identity>& identities) override;
    std::vector<Population> population(SpaceId space) override;
    void gone(SpaceId space, std::vector<ObjectId>& ids) override;
    void retries(SpaceId space, std::vector<ObjectId>& ids) override;
    void due(Instant moment, std::vector<ObjectId>& ids) override;

    // view_links.cpp
    void connectors(std::span<const ObjectId> metaverse, std::vector<Join>& joins) override;
    void forgotten(std::span<const ObjectId> metaverse, std::vector<ForgottenJoin>& joins) override;
    void joined(std::span<const ObjectId> connectors, std::span<ObjectId> metaverse) override;
    std::uint64_t count_joined(SpaceId system) override;
    std::uint64_t count_unresolved(SpaceId space) override;
    void links(std::span<const ObjectId> sources, AttributeId attribute,
               std::vector<Link>& links) override;
    void referrers(std::span<const ObjectId> targets, std::vector<Link>& links) override;
    void exist(std::span<const Link> links, std::span<bool> answers) override;
    void count_links(std::span<const LinkCount> asked, std::span<std::uint64_t> counts) override;
    void unresolved(SpaceId space, const std::function<void(const Link&)>& link) override;

    // view_scan.cpp
    void scan_objects(const std::function<void(const Object&)>& object) override;
    void scan_joins(const std::function<void(const Join&)>& join) override;
    void scan_links(const std::function<void(const Link&)>& link) override;
    void scan_keys(const std::function<void(const KeyRow&)>& key) override;

    // view_log.cpp
    std::unique_ptr<ViewHold> hold() override;
    CommitNumber last_commit() override;
    void changed_since(SpaceId space, CommitNumber after,
                       const std::function<void(const Change&)>& change) override;
    std::vector<Change> history(ObjectId object, std::size_t most) override;
    std::optional<Commit> commit(CommitNumber number) override;
    std::vector<Change> erased(std::string_view anchor_or_name, std::size_t most) override;
    CommitNumber watermark(std::string_view follower) override;
    std::string meta(std::string_view name) override;
    std::string pattern(std::uint32_t provenance) override;
    std::vector<ActivityRow> activities(std::size_t most) override;
    std::vector<Item> items(ActivityId activity_or_run, std::size_t most) override;

    // view_exports.cpp
    void exports(SpaceId system, std::span<const ExportState> states,
                 const std::function<void(const Export&)>& row) override;
    void exports(std::span<const ObjectId> objects,
                 std::vector<std::optional<Export>>& rows) override;
    void export_links(std::span<const ObjectId> objects, std::vector<ExportLink>& links) override;
    std::vector<PlannedCount> planned(SpaceId system) override;
    std::vector<PendingCount> pending(SpaceId system) override;
    bool any_planned(SpaceId system) override;
    RefusedCount refused(SpaceId system) override;
    void export_heads(std::span<const ObjectId> objects, std::vector<ExportHead>& heads) override;
    void reserved(AttributeId attribute, std::span<const std::string_view> values,
                  std::vector<std::string>& owners) override;
    void reservations(AttributeId attribute, std::span<const std::string_view> owners,
                      std::vector<std::string>& values) override;

 private:
    /// The connection and one state of it, for the length of a call.
    class Reading {
     public:
        explicit Reading(const ViewSource& source);

     private:
        std::unique_lock<std::mutex> lock_;
        Snapshot snapshot_;
    };

    /// Gives every row that `read` makes of the query (nothing: skipped) to `each`. In preview the
    /// rows are collected first, then the mutex is left.
    template <class Row, class Open, class Read>
    void stream(const Open& open, const Read& read, const std::function<void(const Row&)>& each) {
        std::vector<Row> kept;
        {
            const Reading reading(source_);
            Query query = open();
            while (query.next()) {
                std::optional<Row> row = read(query);
                if (row && source_.mutex)
                    kept.push_back(std::move(*row));
                else if (row)
                    each(*row);
            }
        }
        for (const Row& row : kept)
            each(row);
    }

    template <class Read, class Each>
    void scan_pages(const Read& read, const Each& each);
    bool read_object(Query& row, Object& object) const;
    std::optional<Change> read_change(const Query& row) const;
    std::optional<Export> read_export(const Query& row) const;
    const Schema& schema() const { return *source_.schema; }
    const Names& names() const { return *source_.names; }

    ViewSource source_;
    Connection& connection_;

    // Objects
    Statement by_anchor_{connection_, "SELECT id FROM object WHERE type = ?1 AND anchor = ?2"};
    Statement by_name_{
        connection_,
        "SELECT id, flags, name, type FROM object WHERE name_key = ?1 AND space = ?2 "
        "ORDER BY id DESC"};
    Statement by_key_{connection_,
                      "SELECT object FROM \"key\" "
                      "WHERE \"key\" = ?1 AND space = ?2 AND value = ?3 ORDER BY object"};
    Statement has_keys_{connection_,
                        "SELECT 1 FROM \"key\" WHERE \"key\" = ?1 AND space = ?2 LIMIT 1"};
    Statement of_type_{connection_,
                       "SELECT id FROM object INDEXED BY object_type "
                       "WHERE type = ?1 AND id > ?2 ORDER BY id LIMIT ?3"};
    Statement hydrate_{connection_,
                       "SELECT id, type, flags, joined, commit_no, provenance, due, payload_low, "
                       "payload_high, anchor, name, attributes FROM object WHERE id = ?1"};
    Statement identify_{connection_, "SELECT flags, anchor, name, type FROM object WHERE id = ?1"};
    Statement population_{connection_,
                          "SELECT type, attribute, count FROM population WHERE space = ?1"};
    Statement gone_{connection_,
                    "SELECT id FROM object WHERE space = ?1 AND (flags & 7) = 2 ORDER BY id"};
    Statement retries_{connection_,
                       "SELECT id FROM object WHERE space = ?1 AND (flags & 16) <> 0 ORDER BY id"};
    Statement due_{connection_, "SELECT id FROM object WHERE due <= ?1 AND due IS NOT NULL"};

    // Joins and links
    Statement connectors_{connection_, "SELECT id, type FROM object WHERE joined = ?1"};
    Statement count_joined_{connection_,
                            "SELECT count(*) FROM object INDEXED BY object_joined "
                            "WHERE joined IS NOT NULL AND type IN "
                            "(SELECT id FROM names WHERE kind = 2 AND parent = ?1)"};
    Statement joined_{connection_, "SELECT joined FROM object WHERE id = ?1"};
    Statement links_{
        connection_,
        "SELECT attribute, target, text FROM link WHERE source = ?1 AND attribute = ?2 "
        "ORDER BY target, text"};
    Statement all_links_{connection_, "SELECT attribute, target, text FROM link WHERE source = ?1"};
    Statement referrers_{connection_, "SELECT attribute, source FROM link WHERE target = ?1"};
    Statement link_exists_{connection_,
                           "SELECT 1 FROM link "
                           "WHERE source = ?1 AND attribute = ?2 AND target = ?3 AND text = ?4"};
    Statement count_links_{connection_,
                           "SELECT count(*) FROM (SELECT 1 FROM link "
                           "WHERE source = ?1 AND attribute = ?2 LIMIT ?3)"};
    Statement count_unresolved_{connection_,
                                "SELECT count(*) FROM link WHERE target = 0 AND attribute IN "
                                "(SELECT a.id FROM names a JOIN names t ON t.id = a.parent "
                                "WHERE a.kind = 3 AND t.parent = ?1)"};
    Statement unresolved_{connection_,
                          "SELECT attribute, source, text FROM link WHERE target = 0 AND attribute "
                          "IN (SELECT a.id FROM names a JOIN names t ON t.id = a.parent "
                          "WHERE a.kind = 3 AND t.parent = ?1)"};

    // Bulk
    Statement scan_objects_{connection_,
                            "SELECT id, type, flags, joined, commit_no, provenance, due, "
                            "payload_low, payload_high, anchor, name, attributes FROM object "
                            "WHERE id > ?1 ORDER BY id LIMIT ?2"};
    Statement scan_joins_{connection_,
                          "SELECT joined, id, type FROM object INDEXED BY object_joined "
                          "WHERE joined IS NOT NULL"};
    Statement scan_links_{connection_,
                          "SELECT source, attribute, target, text FROM link "
                          "WHERE (source, attribute, target, text) > (?1, ?2, ?3, ?4) "
                          "ORDER BY source, attribute, target, text LIMIT ?5"};
    Statement scan_keys_{connection_,
                         "SELECT \"key\", space, object, value FROM \"key\" "
                         "WHERE (\"key\", space, value, object) > (?1, ?2, ?3, ?4) "
                         "ORDER BY \"key\", space, value, object LIMIT ?5"};

    // The log
    Statement last_commit_{connection_, "SELECT max(number) FROM \"commit\""};
    Statement changed_since_{connection_,
                             "SELECT commit_no, object, type, previous, kind, delta FROM change "
                             "WHERE commit_no > ?2 AND space = ?1 ORDER BY commit_no, object"};
    Statement change_{connection_,
                      "SELECT commit_no, object, type, previous, kind, delta FROM change "
                      "WHERE commit_no = ?1 AND object = ?2"};
    Statement commit_of_{connection_,
                         "SELECT commit_no FROM object WHERE id = ?1 UNION ALL "
                         "SELECT commit_no FROM change WHERE object = ?1 AND kind = 2"};
    Statement erased_{connection_,
                      "SELECT commit_no, object, type, previous, kind, delta FROM change "
                      "INDEXED BY change_erased WHERE kind = 2 AND instr(delta, ?1) > 0 "
                      "ORDER BY commit_no DESC, object DESC"};
    Statement commit_{connection_,
                      "SELECT time, activity, cause FROM \"commit\" WHERE number = ?1"};
    Statement watermark_{connection_, "SELECT position FROM follower WHERE name = ?1"};
    Statement meta_{connection_, "SELECT value FROM meta WHERE name = ?1"};
    Statement pattern_{connection_, "SELECT text FROM pattern WHERE id = ?1"};
    Statement activities_{connection_,
                          "SELECT id, parent, kind, system, status, started, ended, counters, "
                          "message FROM activity ORDER BY id DESC LIMIT ?1"};
    Statement items_{
        connection_,
        "SELECT activity, object, system, type, anchor, code, message, place FROM item "
        "WHERE activity IN (SELECT ?1 UNION SELECT id FROM activity WHERE parent = ?1) "
        "ORDER BY id LIMIT ?2"};

    // Work
    Statement exports_{connection_,
                       "SELECT object, type, kind, state, released, attempts, cause, planned, "
                       "error, delta FROM export "
                       "WHERE space = ?1 AND ((1 << state) & ?2) <> 0 ORDER BY object"};
    Statement export_{
        connection_,
        "SELECT object, type, kind, state, released, attempts, cause, planned, error, "
        "delta FROM export WHERE object = ?1"};
    Statement export_links_{connection_,
                            "SELECT attribute, \"add\", target, text, state, released "
                            "FROM export_link WHERE object = ?1 "
                            "ORDER BY attribute, \"add\", target, text"};
    Statement planned_{
        connection_,
        "SELECT type, kind, sum(released = 0 AND state IN (0, 2)), "
        "sum(released = 0 AND state = 2), sum(released = 1 AND state = 2), count(*) FROM export "
        "WHERE space = ?1 AND (kind <> 1 OR delta <> '') GROUP BY type, kind"};
    Statement export_head_{connection_,
                           "SELECT kind, state, delta <> '' FROM export WHERE object = ?1"};
    // model/delta.h: the anchor stands first, then the name, each with two texts; an attribute of
    // that name has two lists.
    Statement pending_{connection_,
                       "SELECT kind, state, delta LIKE '{\"name\":[\"%' OR "
                       "delta LIKE '{\"anchor\":%],\"name\":[\"%' AS renames, count(*) FROM export "
                       "WHERE space = ?1 AND (kind <> 1 OR delta <> '') "
                       "GROUP BY kind, state, renames ORDER BY kind, state, renames"};
    Statement pending_links_{connection_,
                             "SELECT l.state, count(DISTINCT e.object) FROM export e "
                             "CROSS JOIN export_link l ON l.object = e.object "
                             "WHERE e.space = ?1 AND e.kind = 1 AND e.delta = '' "
                             "GROUP BY l.state ORDER BY l.state"};
    Statement any_planned_{connection_,
                           "SELECT 1 FROM export WHERE space = ?1 AND state = 0 LIMIT 1"};
    Statement refused_{connection_,
                       "SELECT count(*), coalesce(min(planned), 0) FROM export "
                       "WHERE space = ?1 AND state = 0 AND error <> ''"};
    Statement planned_removals_{
        connection_,
        "SELECT e.type, sum(l.released = 0), sum(l.released = 0 AND l.state = 2), "
        "sum(l.released = 1 AND l.state = 2) FROM export_link l "
        "CROSS JOIN export e ON e.object = l.object WHERE e.space = ?1 AND e.kind <> 3 AND "
        "l.\"add\" = 0 AND (l.target = 0 OR l.text = '') AND l.state IN (0, 2) AND NOT EXISTS "
        "(SELECT 1 FROM export d WHERE d.object = l.target AND d.kind = 3) "
        "GROUP BY e.type"};
    Statement owner_{connection_,
                     "SELECT owner FROM reservation WHERE attribute = ?1 AND folded = ?2"};
    Statement reservation_{connection_,
                           "SELECT value FROM reservation WHERE attribute = ?1 AND owner = ?2"};
};

}  // namespace muster::sqlite
