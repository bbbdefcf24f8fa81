#pragma once

namespace muster {

/// What `muster --version` says; the same as the project's in CMakeLists.txt.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace muster
