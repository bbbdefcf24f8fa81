#include "store/sqlite/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "store/sqlite/private_file.h"

namespace muster::sqlite {
namespace {

std::string holder(int descriptor) {
    char text[32] = {};
    const ssize_t length = ::pread(descriptor, text, sizeof text - 1, 0);
    return length > 0 ? "process " + std::string(text, static_cast<std::size_t>(length))
                      : "another process";
}

}  // namespace

LockFile::LockFile(const std::string& store_path) {
    const std::string path = store_path + ".lock";
    make_private(path);
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0)
        throw Error(ErrorCode::store,
                    fmt::format("{}: {}", path, std::generic_category().message(errno)),
                    "check that the folder of the store exists and can be written");
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        const std::string who = holder(descriptor_);
        ::close(descriptor_);
        if (error != EWOULDBLOCK)
            throw Error(ErrorCode::store,
                        fmt::format("{}: {}", path, std::generic_category().message(error)),
                        "keep the store on a file system that supports locks");
        throw Error(ErrorCode::busy, fmt::format("{} is in use by {}", store_path, who),
                    "wait for that run to end, or stop it, then try again");
    }
    const std::string pid = std::to_string(::getpid());
    if (::ftruncate(descriptor_, 0) != 0 ||
        ::pwrite(descriptor_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        const int error = errno;
        ::close(descriptor_);
        throw Error(ErrorCode::store,
                    fmt::format("{}: {}", path, std::generic_category().message(error)),
                    "free space on the disk");
    }
}

LockFile::~LockFile() {
    ::close(descriptor_);
}

}  // namespace muster::sqlite
