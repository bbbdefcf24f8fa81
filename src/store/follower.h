#pragma once

#include <string_view>

#include "model/schema.h"

namespace muster {

/// What the name of a system's follower begins with; then comes the system's.
inline constexpr std::string_view kSyncFollower = "sync ";

/// Whether anybody still follows under the name: nobody does for systems that are gone from the
/// configuration. One that comes back is synchronised as a whole.
inline bool follows(const Schema& schema, std::string_view follower) {
    return !follower.starts_with(kSyncFollower) ||
           schema.find_space(follower.substr(kSyncFollower.size()));
}

}  // namespace muster
