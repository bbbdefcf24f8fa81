#include "base/error.h"
#include "model/json_text.h"
#include "store/postgresql/postgresql_view.h"

namespace muster::postgresql {

namespace {

class Hold final : public ViewHold {
 public:
    explicit Hold(Source& source) : source_(source) {}
    ~Hold() override { source_.release(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

 private:
    Source& source_;
};

}  // namespace

std::unique_ptr<ViewHold> PostgresqlView::hold() {
    return source_->hold() ? std::make_unique<Hold>(*source_) : nullptr;
}

CommitNumber PostgresqlView::last_commit() {
    return ask("SELECT last FROM counter")[0].id<CommitNumber>(0);
}

Change PostgresqlView::read_change(const Row& row) const {
    return {row.id<CommitNumber>(0), row.id<ObjectId>(1),   names().type(row.integer(2)),
            row.id<CommitNumber>(3), row.as<ChangeKind>(4), row.string(5)};
}

void PostgresqlView::changed_since(SpaceId space, CommitNumber after,
                                   const std::function<void(const Change&)>& each) {
    source_->stream(fmt::format("SELECT commit_no, object, type, previous, kind, delta FROM change "
                                "WHERE commit_no > {} AND space = {} ORDER BY commit_no, object",
                                after.value, names().stored(space)),
                    [&](const Row& row) {
                        if (names().type(row.integer(2)))
                            each(read_change(row));
                    });
}

// The chain may end early: older history is dropped after a while.
std::vector<Change> PostgresqlView::history(ObjectId object, std::size_t most) {
    const Result found = ask(
        "WITH RECURSIVE start(commit_no) AS (SELECT commit_no FROM object WHERE id = $1::bigint "
        "UNION ALL SELECT commit_no FROM change WHERE object = $1::bigint AND kind = 2), "
        "chain AS (SELECT c.* FROM (SELECT commit_no FROM start LIMIT 1) s JOIN change c "
        "ON c.commit_no = s.commit_no AND c.object = $1::bigint UNION ALL "
        "SELECT c.* FROM chain JOIN change c ON c.commit_no = chain.previous AND "
        "c.object = $1::bigint) "
        "SELECT commit_no, object, type, previous, kind, delta FROM chain LIMIT $2::bigint",
        object, most);
    std::vector<Change> changes;
    changes.reserve(static_cast<std::size_t>(found.size()));
    for (int i = 0; i < found.size(); ++i)
        changes.push_back(read_change(found[i]));
    return changes;
}

std::optional<Commit> PostgresqlView::commit(CommitNumber number) {
    const Result found =
        ask("SELECT time, activity, cause FROM commit WHERE number = $1::bigint", number);
    if (found.empty())
        return std::nullopt;
    const Row row = found[0];
    return Commit{number, row.instant(0), row.id<ActivityId>(1), row.string(2)};
}

// The text as it stands in JSON narrows the rows down; what an erased object was called decides.
std::vector<Change> PostgresqlView::erased(std::string_view anchor_or_name, std::size_t most) {
    std::string quoted;
    append_json_string(anchor_or_name, quoted);
    const Result found =
        ask("SELECT commit_no, object, type, previous, kind, delta FROM change "
            "WHERE kind = 2 AND strpos(delta, $1::text) > 0 "
            "ORDER BY commit_no DESC, object DESC",
            quoted);
    std::vector<Change> changes;
    for (int i = 0; i < found.size() && changes.size() < most; ++i) {
        Change change = read_change(found[i]);
        const Delta delta = decode_delta(change.delta, change.type, schema());
        if ((delta.anchor && delta.anchor->first == anchor_or_name) ||
            (delta.name && delta.name->first == anchor_or_name))
            changes.push_back(std::move(change));
    }
    return changes;
}

CommitNumber PostgresqlView::watermark(std::string_view follower) {
    const Result found = ask("SELECT position FROM follower WHERE name = $1::text", follower);
    return found.empty() ? CommitNumber{} : found[0].id<CommitNumber>(0);
}

std::string PostgresqlView::meta(std::string_view name) {
    const Result found = ask("SELECT value FROM meta WHERE name = $1::text", name);
    return found.empty() ? std::string{} : found[0].string(0);
}

std::string PostgresqlView::pattern(std::uint32_t provenance) {
    const Result found = ask("SELECT text FROM pattern WHERE id = $1::bigint", provenance);
    if (found.empty())
        throw Error(ErrorCode::store, fmt::format("unknown provenance {}", provenance),
                    "run `muster db check`");
    return found[0].string(0);
}

std::vector<ActivityRow> PostgresqlView::activities(std::size_t most) {
    const Result found =
        ask("SELECT id, parent, kind, system, status, started, ended, counters, message "
            "FROM activity ORDER BY id DESC LIMIT $1::bigint",
            most);
    std::vector<ActivityRow> rows;
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        rows.push_back({row.id<ActivityId>(0), row.id<ActivityId>(1), row.string(2), row.string(3),
                        row.string(4), row.instant(5),
                        row.null(6) ? std::nullopt : std::optional(row.instant(6)), row.string(7),
                        row.string(8)});
    }
    return rows;
}

std::vector<Item> PostgresqlView::items(ActivityId activity_or_run, std::size_t most) {
    const Result found =
        ask("SELECT activity, object, system, type, anchor, code, message, place FROM item "
            "WHERE activity = $1::bigint OR activity IN "
            "(SELECT id FROM activity WHERE parent = $1::bigint) ORDER BY id LIMIT $2::bigint",
            activity_or_run, most);
    std::vector<Item> items;
    for (int i = 0; i < found.size(); ++i) {
        const Row row = found[i];
        items.push_back({row.id<ActivityId>(0), row.id<ObjectId>(1), row.string(2), row.string(3),
                         row.string(4), row.string(5), row.string(6), row.string(7)});
    }
    return items;
}

}  // namespace muster::postgresql
