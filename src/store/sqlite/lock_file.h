#pragma once

#include <string>

namespace muster::sqlite {

/// The run lock: one process at a time may write a store. An advisory lock that the kernel drops
/// with the process, however that ends; the file beside the store names the holder and stays.
class LockFile {
 public:
    /// Throws Error(busy) naming the holder where another has it.
    explicit LockFile(const std::string& store_path);
    ~LockFile();
    LockFile(const LockFile&) = delete;
    LockFile& operator=(const LockFile&) = delete;

 private:
    int descriptor_ = -1;
};

}  // namespace muster::sqlite
