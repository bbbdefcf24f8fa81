#include "store/sqlite/sqlite_view.h"

namespace muster::sqlite {

SqliteView::SqliteView(ViewSource source)
    : source_(std::move(source)), connection_(*source_.connection) {}

SqliteView::Reading::Reading(const ViewSource& source)
    : lock_(source.mutex ? std::unique_lock(*source.mutex) : std::unique_lock<std::mutex>()),
      snapshot_(*source.connection) {}

}  // namespace muster::sqlite
