#include "support/server_template.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "support/command.h"
#include "support/repository.h"
#include "support/temp_folder.h"

namespace muster::testing {

namespace {

/// Held by one process at a time, for as long as it lives.
class FileLock {
 public:
    explicit FileLock(const std::string& path)
        : number_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        if (number_ < 0 || ::flock(number_, LOCK_EX) != 0) {
            throw std::runtime_error("cannot lock " + path);
        }
    }
    ~FileLock() { ::close(number_); }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

 private:
    int number_;
};

}  // namespace

std::string copy_server_template(const std::string& name,
                                 const std::function<void(const std::string& folder)>& make,
                                 const std::string& folder) {
    const auto servers = repository_path("build/servers");
    const auto made = servers + "/" + name;
    const auto complete = made + ".complete";
    std::filesystem::create_directories(servers);
    {
        const FileLock lock(made + ".lock");
        if (!std::filesystem::exists(complete)) {
            std::filesystem::remove_all(made);
            std::filesystem::create_directories(made);
            make(made);
            std::ofstream(complete) << made;  // the repository may be elsewhere the next time
        }
    }
    must_run({"cp", "-a", made + "/.", folder});
    return read_file(complete);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

std::string without_lines(const std::string& text,
                          const std::function<bool(const std::string&)>& drop) {
    std::string out;
    for (const auto& line : lines(text)) {
        if (!drop(line)) {
            out += line + "\n";
        }
    }
    return out;
}

}  // namespace muster::testing
