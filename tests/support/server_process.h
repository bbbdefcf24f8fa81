#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace muster::testing {

/// A server that a test runs in the foreground; killed at the end of the object, and with the test
/// if that dies. What goes wrong is thrown as std::runtime_error with the server's own words.
class ServerProcess {
 public:
    ServerProcess() = default;
    ~ServerProcess() { kill(); }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    bool running() const { return id_ > 0; }
    /// Starts a program (by its path), what it says being added to the file `log`, and waits until
    /// it answers.
    void start(const std::vector<std::string>& arguments, const std::string& log,
               const std::function<bool()>& answers);
    void stop();         ///< in order, with everything written
    void kill();         ///< at once, as a crash would
    void pause() const;  ///< alive but silent, until resume()
    void resume() const;

 private:
    void wait_for_end();

    pid_t id_ = -1;
};

}  // namespace muster::testing
