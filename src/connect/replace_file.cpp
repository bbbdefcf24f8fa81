#include "connect/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/fault.h"

namespace muster {

namespace {

constexpr std::size_t kBufferBytes = 1u << 20;

std::string resolve_links(const std::string& path) {
    std::error_code error;  // a file that is not there yet is where it is said to be
    const auto real = std::filesystem::canonical(path, error);
    return error ? std::filesystem::absolute(path).string() : real.string();
}

/// The new file belongs to whom the old one did, as far as this user may say so: root may, others
/// may name a group of theirs. Where the group is another one it gets no rights that it did not
/// have as one of "others". False where the mode cannot be set, which is in errno.
bool take_owner_and_mode(int descriptor, const struct stat& old) {
    mode_t mode = old.st_mode & 07777;
    struct stat own{};
    if (::fstat(descriptor, &own) != 0) {
        return false;
    }
    const bool owner_same =
        own.st_uid == old.st_uid || ::fchown(descriptor, old.st_uid, static_cast<gid_t>(-1)) == 0;
    const bool group_same =
        own.st_gid == old.st_gid || ::fchown(descriptor, static_cast<uid_t>(-1), old.st_gid) == 0;
    if (!group_same) {
        const mode_t others = mode & S_IRWXO;
        mode = (mode & ~static_cast<mode_t>(S_IRWXG | S_ISGID)) | (others << 3);
    }
    if (!owner_same) {
        mode &= ~static_cast<mode_t>(S_ISUID);
    }
    return ::fchmod(descriptor, mode) == 0;
}

}  // namespace

ReplaceFile::ReplaceFile(const std::string& path) : path_(resolve_links(path)) {
    const std::filesystem::path target(path_);
    temporary_ =
        (target.parent_path() / ("." + target.filename().string() + ".muster-new")).string();
    if (::unlink(temporary_.c_str()) != 0 && errno != ENOENT) {
        fail("remove what an earlier attempt left of", errno);
    }
    struct stat old{};
    const bool there = ::stat(path_.c_str(), &old) == 0;
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         there ? 0600 : 0666);
    if (descriptor_ < 0) {
        fail("write", errno);
    }
    if (there && !take_owner_and_mode(descriptor_, old)) {
        const int error = errno;
        ::close(descriptor_);
        ::unlink(temporary_.c_str());
        fail("keep the permissions of", error);
    }
}

ReplaceFile::~ReplaceFile() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
        ::unlink(temporary_.c_str());  // the next attempt would remove it, too
    }
}

void ReplaceFile::append(std::string_view bytes) {
    buffer_ += bytes;
    if (buffer_.size() >= kBufferBytes) {
        flush();
    }
}

void ReplaceFile::flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
        const auto put = ::write(descriptor_, rest.data(), rest.size());
        if (put >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(put));
        } else if (errno != EINTR) {
            fail("write", errno);
        }
    }
    buffer_.clear();
}

void ReplaceFile::prepare() {
    flush();
    if (::fsync(descriptor_) != 0) {
        fail("write", errno);
    }
}

bool ReplaceFile::replace() {
    fault::point("file-before-replace");
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        fail("put in place", errno);
    }
    fault::point("file-after-replace");
    ::close(descriptor_);
    descriptor_ = -1;
    const auto folder = std::filesystem::path(path_).parent_path();
    const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool durable = opened >= 0 && ::fsync(opened) == 0;
    if (opened >= 0) {
        ::close(opened);
    }
    return durable;
}

void ReplaceFile::fail(const char* what, int error) const {
    throw Error(
        ErrorCode::connection,
        fmt::format("cannot {} {}: {}", what, path_, std::generic_category().message(error)),
        "check that the folder exists, that this user may write there, and that there is room");
}

}  // namespace muster
