#include "support/command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "support/temp_folder.h"

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

CommandResult run_command(const std::vector<std::string>& arguments, std::string_view input,
                          const std::vector<std::string>& environment) {
    // Files rather than pipes: nobody has to read and write at the same time.
    const TempFolder folder;
    const std::string in = folder.write("in", input);
    const std::string out = folder.file("out");
    const std::string err = folder.file("err");

    std::vector<std::string> variables = environment;
    for (char** v = environ; *v != nullptr; ++v) {
        variables.emplace_back(*v);
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, in.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
    pid_t process = 0;
    const int error = posix_spawnp(&process, arguments[0].c_str(), &actions, nullptr,
                                   pointers(arguments).data(), pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        throw std::runtime_error("cannot run " + arguments[0] + ": " + std::strerror(error));
    }
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(out),
            read_file(err)};
}

std::string must_run(const std::vector<std::string>& arguments, std::string_view input) {
    auto result = run_command(arguments, input);
    if (result.exit_code != 0) {
        throw std::runtime_error(arguments[0] + " ended with " + std::to_string(result.exit_code) +
                                 ": " + result.err + result.out);
    }
    return std::move(result.out);
}

}  // namespace muster::testing
