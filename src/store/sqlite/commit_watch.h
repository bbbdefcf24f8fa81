#pragma once

#include <chrono>
#include <memory>

#include "base/ids.h"
#include "store/sqlite/connection.h"

namespace muster::sqlite {

/// Notices commits of other connections, in this process or another. Used by one thread at a time.
class CommitWatch {
 public:
    /// `connection`: one of its own, that writes nothing.
    explicit CommitWatch(std::shared_ptr<Connection> connection);

    /// What Store::wait_beyond promises.
    CommitNumber wait_beyond(CommitNumber after, std::chrono::milliseconds most);

 private:
    std::int64_t version();

    std::shared_ptr<Connection> connection_;
    Statement version_{*connection_, "PRAGMA data_version"};
    Statement last_{*connection_, "SELECT max(number) FROM \"commit\""};
};

}  // namespace muster::sqlite
