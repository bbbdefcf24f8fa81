#include "base/error.h"
#include "model/json_text.h"
#include "store/sqlite/sqlite_view.h"

namespace muster::sqlite {
namespace {

class SnapshotHold final : public ViewHold {
 public:
    explicit SnapshotHold(Connection& connection) : snapshot_(connection) {}

 private:
    Snapshot snapshot_;
};

}  // namespace

// In preview the connection is the writer's: its transaction shows what is written meanwhile.
std::unique_ptr<ViewHold> SqliteView::hold() {
    if (source_.mutex)
        return nullptr;
    return std::make_unique<SnapshotHold>(connection_);
}

CommitNumber SqliteView::last_commit() {
    const Reading reading(source_);
    Query row = last_commit_();
    row.next();
    return row.id<CommitNumber>(0);
}

std::optional<Change> SqliteView::read_change(const Query& row) const {
    return Change{row.id<CommitNumber>(0), row.id<ObjectId>(1),   names().type(row.integer(2)),
                  row.id<CommitNumber>(3), row.as<ChangeKind>(4), row.string(5)};
}

void SqliteView::changed_since(SpaceId space, CommitNumber after,
                               const std::function<void(const Change&)>& change) {
    const auto read = [this](const Query& row) -> std::optional<Change> {
        return names().type(row.integer(2)) ? read_change(row) : std::nullopt;
    };
    stream<Change>([&] { return changed_since_(names().stored(space), after); }, read, change);
}

// The chain may end early: older history is dropped after a while.
std::vector<Change> SqliteView::history(ObjectId object, std::size_t most) {
    std::vector<Change> changes;
    const Reading reading(source_);
    CommitNumber at;
    {
        Query row = commit_of_(object);
        if (row.next())
            at = row.id<CommitNumber>(0);
    }
    while (at && changes.size() < most) {
        Query row = change_(at, object);
        if (!row.next())
            break;
        changes.push_back(*read_change(row));
        at = changes.back().previous;
    }
    return changes;
}

std::optional<Commit> SqliteView::commit(CommitNumber number) {
    const Reading reading(source_);
    Query row = commit_(number);
    if (!row.next())
        return std::nullopt;
    return Commit{number, row.instant(0), row.id<ActivityId>(1), row.string(2)};
}

// The text as it stands in JSON narrows the rows down; what an erased object was called decides.
std::vector<Change> SqliteView::erased(std::string_view anchor_or_name, std::size_t most) {
    std::vector<Change> changes;
    std::string quoted;
    append_json_string(anchor_or_name, quoted);
    const Reading reading(source_);
    Query row = erased_(quoted);
    while (changes.size() < most && row.next()) {
        std::optional<Change> change = read_change(row);
        const Delta delta = decode_delta(change->delta, change->type, schema());
        if ((delta.anchor && delta.anchor->first == anchor_or_name) ||
            (delta.name && delta.name->first == anchor_or_name))
            changes.push_back(std::move(*change));
    }
    return changes;
}

CommitNumber SqliteView::watermark(std::string_view follower) {
    const Reading reading(source_);
    Query row = watermark_(follower);
    return row.next() ? row.id<CommitNumber>(0) : CommitNumber{};
}

std::string SqliteView::meta(std::string_view name) {
    const Reading reading(source_);
    Query row = meta_(name);
    return row.next() ? row.string(0) : std::string{};
}

std::string SqliteView::pattern(std::uint32_t provenance) {
    const Reading reading(source_);
    Query row = pattern_(provenance);
    if (!row.next())
        throw Error(ErrorCode::store,
                    fmt::format("{}: unknown provenance {}", connection_.path(), provenance),
                    "run `muster db check`");
    return row.string(0);
}

std::vector<ActivityRow> SqliteView::activities(std::size_t most) {
    std::vector<ActivityRow> rows;
    const Reading reading(source_);
    Query row = activities_(most);
    while (row.next())
        rows.push_back({row.id<ActivityId>(0), row.id<ActivityId>(1), row.string(2), row.string(3),
                        row.string(4), row.instant(5),
                        row.null(6) ? std::nullopt : std::optional(row.instant(6)), row.string(7),
                        row.string(8)});
    return rows;
}

std::vector<Item> SqliteView::items(ActivityId activity_or_run, std::size_t most) {
    std::vector<Item> items;
    const Reading reading(source_);
    Query row = items_(activity_or_run, most);
    while (row.next())
        items.push_back({row.id<ActivityId>(0), row.id<ObjectId>(1), row.string(2), row.string(3),
                         row.string(4), row.string(5), row.string(6), row.string(7)});
    return items;
}

}  // namespace muster::sqlite
