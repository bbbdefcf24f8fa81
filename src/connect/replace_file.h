#pragma once

#include <string>
#include <string_view>

namespace muster {

/// Writes a new content for a file and puts it in place in one step: whoever looks, and whatever
/// dies when, sees the old content or the new one. The new file is built beside the old one, under
/// the name .NAME.muster-new; what an earlier, killed attempt left there is removed. It has the
/// mode, the owner and the group of the old one, as far as this user may give them.
///
///   append()… → prepare(): content durable beside the old file → replace(): the new one is there
///
/// Without replace() the destructor removes what was built. All throw Error(connection).
class ReplaceFile {
 public:
    explicit ReplaceFile(const std::string& path);
    ~ReplaceFile();
    ReplaceFile(const ReplaceFile&) = delete;
    ReplaceFile& operator=(const ReplaceFile&) = delete;

    void append(std::string_view bytes);
    void prepare();
    /// Returns false where the new file is in place but its name may not survive a power cut.
    [[nodiscard]] bool replace();

 private:
    void flush();
    [[noreturn]] void fail(const char* what, int error) const;

    std::string path_;  // links followed
    std::string temporary_;
    std::string buffer_;
    int descriptor_ = -1;
};

}  // namespace muster
