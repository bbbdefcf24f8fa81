#include "support/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "support/temp_folder.h"

namespace muster::testing {

namespace {

constexpr auto kPatience = std::chrono::seconds(60);  ///< on a machine that does much else

[[noreturn]] void become(const std::vector<std::string>& arguments, const std::string& log,
                         pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that dies takes its server along
    std::vector<char*> words;
    words.reserve(arguments.size() + 1);
    for (const auto& argument : arguments) {
        words.push_back(const_cast<char*>(argument.c_str()));
    }
    words.push_back(nullptr);
    const int in = ::open("/dev/null", O_RDONLY);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (getppid() == parent && ::dup2(in, 0) == 0 && ::dup2(out, 1) == 1 && ::dup2(out, 2) == 2) {
        execv(words[0], words.data());
    }
    _exit(127);
}

}  // namespace

void ServerProcess::start(const std::vector<std::string>& arguments, const std::string& log,
                          const std::function<bool()>& answers) {
    const pid_t parent = getpid();
    id_ = fork();
    if (id_ < 0) {
        throw std::runtime_error("cannot start a process for " + arguments[0]);
    }
    if (id_ == 0) {
        become(arguments, log, parent);
    }
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!answers()) {
        int status = 0;
        if (waitpid(id_, &status, WNOHANG) == id_) {
            id_ = -1;
            throw std::runtime_error(arguments[0] + " did not start: " + read_file(log));
        }
        if (std::chrono::steady_clock::now() > deadline) {
            kill();
            throw std::runtime_error(arguments[0] + " does not answer: " + read_file(log));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void ServerProcess::wait_for_end() {
    int status = 0;
    waitpid(id_, &status, 0);
    id_ = -1;
}

void ServerProcess::stop() {
    if (running()) {
        ::kill(id_, SIGCONT);
        ::kill(id_, SIGTERM);
        wait_for_end();
    }
}

void ServerProcess::kill() {
    if (running()) {
        ::kill(id_, SIGKILL);
        wait_for_end();
    }
}

void ServerProcess::pause() const {
    ::kill(id_, SIGSTOP);
}

void ServerProcess::resume() const {
    ::kill(id_, SIGCONT);
}

}  // namespace muster::testing
