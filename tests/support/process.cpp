#include "support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace muster::testing {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (const auto& text : texts) {
        out.push_back(const_cast<char*>(text.c_str()));
    }
    out.push_back(nullptr);
    return out;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, std::string_view input,
                 const std::vector<std::string>& environment) {
    const std::string in = folder_.write("in", input);
    const std::string out = folder_.file("out");
    const std::string err = folder_.file("err");
    std::vector<std::string> variables = environment;
    for (char** v = environ; *v != nullptr; ++v) {
        variables.emplace_back(*v);
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, in.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
    const int error = posix_spawnp(&id_, arguments[0].c_str(), &actions, nullptr,
                                   pointers(arguments).data(), pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        throw std::runtime_error("cannot run " + arguments[0] + ": " + std::strerror(error));
    }
}

Process::~Process() {
    kill();
}

void Process::wait(int options) {
    while (::waitpid(id_, &status_, options) < 0 && errno == EINTR) {
    }
    ended_ = !WIFSTOPPED(status_);
}

bool Process::stops() {
    wait(WUNTRACED);
    return !ended_;
}

void Process::go_on() const {
    ::kill(id_, SIGCONT);
}

CommandResult Process::result() {
    if (!ended_) {
        wait(0);
    }
    return {WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_),
            read_file(folder_.file("out")), read_file(folder_.file("err"))};
}

void Process::kill() {
    if (!ended_) {
        ::kill(id_, SIGKILL);
        wait(0);
    }
}

}  // namespace muster::testing
