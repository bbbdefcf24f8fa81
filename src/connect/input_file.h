#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace muster {

/// A regular file opened for reading, in sequence or at places. Read by system calls and not
/// mapped, so that a file cut short by its writer under our eyes is an answer, not a crash.
class InputFile {
 public:
    /// Throws Error(connection) where the file cannot be opened.
    explicit InputFile(std::string path);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    /// Up to `most` bytes in sequence; 0 at the end. Throws Error(connection).
    std::size_t read(char* out, std::size_t most);
    /// The same from a place, without moving the sequence.
    std::size_t read_at(std::uint64_t offset, char* out, std::size_t most) const;

    const std::string& path() const { return path_; }
    /// The file's own name, for complaints.
    const std::string& name() const { return name_; }
    std::uint64_t size() const { return static_cast<std::uint64_t>(opened_.st_size); }
    /// True where somebody wrote to the file since it was opened: what was read cannot be trusted.
    bool changed() const;

 private:
    [[noreturn]] void fail(int error) const;

    std::string path_;
    std::string name_;
    int descriptor_ = -1;
    struct stat opened_{};
};

/// True where there is a file of this path.
bool file_exists(const std::string& path);

}  // namespace muster
