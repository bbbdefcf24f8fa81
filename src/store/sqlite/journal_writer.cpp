#include "store/sqlite/journal_writer.h"

#include "store/object_row.h"

namespace muster::sqlite {

void JournalWriter::commit(const ChangeSet& changes, CommitNumber number) {
    commit_.run(number, changes.time, changes.activity, changes.cause);
}

void JournalWriter::rest(const ChangeSet& changes, CommitNumber position) {
    for (const ActivityRow& row : changes.activities)
        activity(row);
    for (const Item& item : changes.items)
        item_.run(item.activity, item.object, item.system, item.type, item.anchor, item.code,
                  item.message, item.where);
    for (const auto& [name, watermark] : changes.watermarks)
        follower_.run(name, watermark ? watermark : position);
    for (const auto& [name, value] : changes.meta)
        meta_.run(name, value);
}

void JournalWriter::activity(const ActivityRow& row) {
    activity_.run(row.id, or_null(row.parent), row.kind, row.system, row.status, row.started,
                  row.ended, row.counters, row.message);
}

}  // namespace muster::sqlite
