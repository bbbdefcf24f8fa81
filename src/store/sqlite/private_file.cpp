#include "store/sqlite/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace muster::sqlite {
namespace {

constexpr mode_t kOwner = S_IRUSR | S_IWUSR;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

// By its name: SQLite loses its locks of a file that another descriptor of the process is closed
// of. Where it fails the file is somebody else's, who decides.
void tighten(const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
        (found.st_mode & kOthers) != 0)
        static_cast<void>(::chmod(path.c_str(), found.st_mode & ~kOthers & 07777));
}

}  // namespace

void make_private(const std::string& path) {
    const int created =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwner);
    if (created >= 0) {
        ::fchmod(created, kOwner);  // a umask may have taken even these
        ::close(created);
    }
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
        tighten(path + suffix);
}

}  // namespace muster::sqlite
