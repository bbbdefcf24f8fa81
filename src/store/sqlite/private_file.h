#pragma once

#include <string>

namespace muster::sqlite {

/// The store holds personal data: it and what lies beside it (log, shared memory, lock) are for
/// their owner alone, whatever the umask says. Creates an empty file at `path` where there is none,
/// and takes the rights of others away from those that are there and belong to this user.
void make_private(const std::string& path);

}  // namespace muster::sqlite
