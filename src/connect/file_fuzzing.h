#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace muster::testing {

/// A file in memory, for readers that want a path.
class MemoryFile {
 public:
    explicit MemoryFile(std::string_view content) : descriptor_(::memfd_create("fuzz", 0)) {
        MUSTER_ASSERT(descriptor_ >= 0);
        const auto written = ::write(descriptor_, content.data(), content.size());
        MUSTER_ASSERT(written == static_cast<ssize_t>(content.size()));
    }
    ~MemoryFile() { ::close(descriptor_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
    int descriptor_;
};

}  // namespace muster::testing
