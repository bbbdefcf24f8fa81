#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/command.h"
#include "support/temp_folder.h"

namespace muster::testing {

/// A program under way, found by PATH, no shell between; killed where it still runs at the end of
/// the object. `environment` entries ("NAME=value") are added to the present one. Throws
/// std::runtime_error where it cannot be started.
class Process {
 public:
    explicit Process(const std::vector<std::string>& arguments, std::string_view input = {},
                     const std::vector<std::string>& environment = {});
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// Waits until it stops (SIGSTOP); false where it comes to its end instead.
    bool stops();
    void go_on() const;  ///< after it stopped
    /// Waits for its end, and tells what it did.
    CommandResult result();
    void kill();  ///< at once, by SIGKILL, also where it has stopped

 private:
    void wait(int options);

    // Files rather than pipes: nobody has to read and write at the same time.
    TempFolder folder_;
    pid_t id_ = 0;
    int status_ = 0;
    bool ended_ = false;
};

}  // namespace muster::testing
