#include "connect/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace muster {

namespace {

FileStamp to_stamp(const struct stat& from) {
    return {static_cast<std::uint64_t>(from.st_dev), static_cast<std::uint64_t>(from.st_ino),
            from.st_size, from.st_mtim.tv_sec, from.st_mtim.tv_nsec};
}

}  // namespace

InputFile::InputFile(std::string path)
    : path_(std::move(path)), name_(std::filesystem::path(path_).filename().string()) {
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) {
        fail(errno);
    }
    struct stat opened{};
    if (::fstat(descriptor_, &opened) != 0) {
        const int error = errno;
        ::close(descriptor_);
        fail(error);
    }
    opened_ = to_stamp(opened);
    if (!S_ISREG(opened.st_mode)) {
        ::close(descriptor_);
        throw Error(ErrorCode::connection, path_ + " is not a regular file",
                    "name a file, not a folder or a device");
    }
    // Only advice: nothing depends on its being taken.
    static_cast<void>(::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL));
}

InputFile::~InputFile() {
    ::close(descriptor_);
}

std::size_t InputFile::read(char* out, std::size_t most) {
    for (;;) {
        const auto got = ::read(descriptor_, out, most);
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno != EINTR) {
            fail(errno);
        }
    }
}

std::size_t InputFile::read_at(std::uint64_t offset, char* out, std::size_t most) const {
    std::size_t done = 0;
    while (done < most) {
        const auto got =
            ::pread(descriptor_, out + done, most - done, static_cast<off_t>(offset + done));
        if (got == 0) {
            break;
        }
        if (got > 0) {
            done += static_cast<std::size_t>(got);
        } else if (errno != EINTR) {
            fail(errno);
        }
    }
    return done;
}

bool InputFile::changed() const {
    struct stat present{};
    if (::fstat(descriptor_, &present) != 0) {
        fail(errno);
    }
    return to_stamp(present) != opened_;
}

void InputFile::fail(int error) const {
    throw Error(ErrorCode::connection,
                fmt::format("cannot read {}: {}", path_, std::generic_category().message(error)),
                error == ENOENT ? "check the folder and file settings, or put the file there"
                                : "check that this user may read the file");
}

FileStamp stamp_of(const std::string& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? to_stamp(found) : FileStamp{};
}

}  // namespace muster
