#include "support/mini_postgres.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "support/command.h"
#include "support/loopback.h"

namespace muster::testing {

namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";

/// Whom the server runs as; nobody in particular where the tests do not run as root.
struct Account {
    uid_t user = ::getuid();
    gid_t group = ::getgid();
};

Account account() {
    if (::getuid() != 0) {
        return {};
    }
    const passwd* const entry = ::getpwnam("postgres");  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) {
        throw std::runtime_error("there is no user postgres to run a server as");
    }
    return {entry->pw_uid, entry->pw_gid};
}

std::vector<std::string> as_account(std::vector<std::string> command) {
    if (::getuid() == 0) {
        const auto [user, group] = account();
        const std::vector<std::string> prefix{
            "setpriv",       "--reuid", std::to_string(user), "--regid", std::to_string(group),
            "--clear-groups"};
        command.insert(command.begin(), prefix.begin(), prefix.end());
    }
    return command;
}

void hand_over(const std::string& folder) {
    const auto [user, group] = account();
    if (::chown(folder.c_str(), user, group) != 0) {
        throw std::runtime_error("cannot hand " + folder + " to the server's user");
    }
}

}  // namespace

MiniPostgres::MiniPostgres(Options options) : options_(std::move(options)), port_(free_port()) {
    hand_over(folder_.path());
    initialise();
    start();
}

MiniPostgres::MiniPostgres(Empty /*unused*/) : port_(free_port()) {
    hand_over(folder_.path());
}

MiniPostgres::~MiniPostgres() {
    if (process_ > 0) {
        kill();
    }
}

std::string MiniPostgres::data() const {
    return folder_.file("data");
}

void MiniPostgres::initialise() const {
    must_run(as_account({std::string(kPrograms) + "initdb", "-D", data(), "-U", "muster", "-A",
                         "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"}));
    std::string settings = "listen_addresses = '127.0.0.1'\nunix_socket_directories = '" +
                           folder_.path() +
                           "'\nmax_connections = 60\nwal_level = replica\nhot_standby = "
                           "on\nlog_min_messages = warning\n"
                           "shared_buffers = 64MB\nmax_wal_size = 2GB\ncheckpoint_timeout = 1h\n";
    if (!options_.durable) {
        settings += "fsync = off\nfull_page_writes = off\n";
    }
    must_run(as_account({"tee", "-a", data() + "/postgresql.conf"}), settings + options_.settings);
}

std::unique_ptr<MiniPostgres> MiniPostgres::standby_of(const MiniPostgres& primary) {
    std::unique_ptr<MiniPostgres> standby(new MiniPostgres(Empty{}));
    must_run(as_account({std::string(kPrograms) + "pg_basebackup", "-d", primary.url("postgres"),
                         "-D", standby->data(), "-R", "-X", "stream", "-c", "fast", "--no-sync"}));
    must_run(as_account({"tee", "-a", standby->data() + "/postgresql.conf"}),
             "unix_socket_directories = '" + standby->folder_.path() + "'\n");
    standby->start();
    return standby;
}

void MiniPostgres::start() {
    const std::string program = std::string(kPrograms) + "postgres";
    const std::string folder = data();
    const std::string port = std::to_string(port_);
    const std::string log = folder_.file("postgres.log");
    const auto [user, group] = account();
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ < 0) {
        throw std::runtime_error("cannot start a process for PostgreSQL");
    }
    if (process_ == 0) {
        const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        const bool other_user = ::getuid() == 0;
        if (out < 0 || ::dup2(out, STDERR_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 ||
            ::setpgid(0, 0) != 0 ||
            (other_user &&
             (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0)) ||
            ::prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0 ||  // a test that dies takes its server along
            ::getppid() != parent) {
            ::_exit(126);
        }
        ::execl(program.c_str(), "postgres", "-D", folder.c_str(), "-p", port.c_str(), nullptr);
        ::_exit(127);
    }
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (run_command({std::string(kPrograms) + "pg_isready", "-q", "-h", "127.0.0.1", "-p", port})
               .exit_code != 0) {
        int status = 0;
        if (::waitpid(process_, &status, WNOHANG) == process_) {
            process_ = -1;
            throw std::runtime_error("PostgreSQL did not start: " + this->log());
        }
        if (std::chrono::steady_clock::now() > deadline) {
            kill();
            throw std::runtime_error("PostgreSQL does not answer: " + this->log());
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

std::string MiniPostgres::log() const {
    return read_file(folder_.file("postgres.log"));
}

void MiniPostgres::stop() {
    ::kill(process_, SIGINT);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

// Its children have made themselves sessions of their own; all of them work in the data folder.
void MiniPostgres::kill() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
    for (bool any = true; any;) {
        any = false;
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const std::string name = entry.path().filename();
            std::error_code gone;
            if (name.find_first_not_of("0123456789") == std::string::npos &&
                std::filesystem::read_symlink(entry.path() / "cwd", gone) == data()) {
                ::kill(static_cast<pid_t>(std::stol(name)), SIGKILL);
                any = true;
            }
        }
    }
}

void MiniPostgres::own(const std::string& folder) const {
    hand_over(folder);
}

void MiniPostgres::promote() const {
    query("postgres", "SELECT pg_promote(true, 60)");
}

std::string MiniPostgres::url(std::string_view database) const {
    return "postgresql://muster@127.0.0.1:" + std::to_string(port_) + "/" + std::string(database);
}

std::string MiniPostgres::fresh_database() {
    const std::string name = "test" + std::to_string(++databases_);
    query("postgres", "CREATE DATABASE " + name + " TEMPLATE template0");
    return url(name);
}

std::string MiniPostgres::url_of(const std::string& name) {
    std::string& known = urls_[name];
    if (known.empty()) {
        known = url("postgres") + "?options=-csearch_path%3Dstore" + std::to_string(urls_.size());
    }
    return known;
}

std::string MiniPostgres::query(std::string_view database, std::string_view sql) const {
    return must_run(
        {"psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url(database), "-f", "-"},
        sql);
}

void MiniPostgres::await(std::string_view database, std::string_view sql,
                         std::string_view answer) const {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (query(database, sql) != answer) {
        if (std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error("PostgreSQL does not answer as awaited: " + std::string(sql));
        }
    }
}

void MiniPostgres::await_unlocked() const {
    await("postgres", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", "0\n");
}

MiniPostgres& shared_postgres() {
    static MiniPostgres server;
    return server;
}

}  // namespace muster::testing
