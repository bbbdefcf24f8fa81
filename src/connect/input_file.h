#pragma once

#include <cstdint>
#include <string>

namespace muster {

/// Tells one content of a file from the next.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;  ///< 0: there is no such file
    std::int64_t size = 0;
    std::int64_t modified_s = 0;
    std::int64_t modified_ns = 0;
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
FileStamp stamp_of(const std::string& path);

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
    std::uint64_t size() const { return static_cast<std::uint64_t>(opened_.size); }
    const FileStamp& stamp() const { return opened_; }  ///< as it was when opened
    /// True where somebody wrote to the file since it was opened: what was read cannot be trusted.
    bool changed() const;

 private:
    [[noreturn]] void fail(int error) const;

    std::string path_;
    std::string name_;
    int descriptor_ = -1;
    FileStamp opened_;
};

}  // namespace muster
