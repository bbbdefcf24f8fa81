#include "support/mini_389.h"

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "support/command.h"
#include "support/loopback.h"
#include "support/repository.h"
#include "support/server_template.h"

namespace muster::testing {

namespace {

constexpr const char* kInstance = "slapd-muster";

std::string user_name() {
    const auto* user = getpwuid(geteuid());  // NOLINT(concurrency-mt-unsafe): before any thread
    return user == nullptr ? "root" : user->pw_name;
}

/// The tools' table of places, with all that is written below `folder` and nothing of systemd.
std::string table_of_places(const std::string& folder) {
    const std::vector<std::pair<std::string, std::string>> places = {
        {"with_systemd", "0"},
        {"run_dir", folder + "/run"},
        {"pid_file", folder + "/run/{instance_name}.pid"},
        {"ldapi", folder + "/run/{instance_name}.socket"},
        {"sysconf_dir", folder + "/etc"},
        {"initconfig_dir", folder + "/etc/default"},
        {"config_dir", folder + "/etc/dirsrv/slapd-{instance_name}"},
        {"schema_dir", folder + "/etc/dirsrv/slapd-{instance_name}/schema"},
        {"cert_dir", folder + "/etc/dirsrv/slapd-{instance_name}"},
        {"lock_dir", folder + "/lock"},
        {"log_dir", folder + "/log"},
        {"access_log", folder + "/log/access"},
        {"audit_log", folder + "/log/audit"},
        {"error_log", folder + "/log/errors"},
        {"security_log", folder + "/log/security"},
        {"db_dir", folder + "/db"},
        {"db_home_dir", folder + "/db"},
        {"backup_dir", folder + "/bak"},
        {"ldif_dir", folder + "/ldif"},
        {"inst_dir", folder + "/inst"},
        {"tmpfiles_d", folder + "/tmp"},
        {"user", user_name()},
        {"group", user_name()},
    };
    auto text = without_lines(read_file("/usr/share/dirsrv/inf/defaults.inf"),
                              [&](const std::string& line) {
                                  for (const auto& [name, value] : places) {
                                      if (line.starts_with(name + " =")) {
                                          return true;
                                      }
                                  }
                                  return false;
                              });
    for (const auto& [name, value] : places) {
        text += name + " = " + value + "\n";
    }
    return text;
}

/// What dscreate is to make; the ports are replaced in each copy.
std::string instance(const std::string& suffix, const std::string& password) {
    return fmt::format(R"([general]
config_version = 2
full_machine_name = localhost
strict_host_checking = False
selinux = False
systemd = False
start = False
[slapd]
instance_name = muster
port = {}
secure_port = {}
self_sign_cert = False
user = {}
group = {}
root_password = {}
[backend-userroot]
suffix = {}
create_suffix_entry = True
)",
                       free_port(), free_port(), user_name(), user_name(), password, suffix);
}

void make(const std::string& folder) {
    for (const char* part : {"share/dirsrv/inf", "etc/dirsrv", "etc/default", "run", "lock", "log",
                             "db", "bak", "ldif", "inst", "tmp"}) {
        std::filesystem::create_directories(folder + "/" + part);
    }
    for (const char* part : {"config", "schema"}) {
        must_run({"cp", "-r", std::string("/etc/dirsrv/") + part, folder + "/etc/dirsrv/"});
    }
    const TempFolder texts;
    std::filesystem::copy_file(texts.write("defaults.inf", table_of_places(folder)),
                               folder + "/share/dirsrv/inf/defaults.inf");
    const auto wanted = texts.write("muster.inf", instance(Mini389::suffix(), Mini389::password()));
    must_run({"env", "PREFIX=" + folder, "/usr/sbin/dscreate", "from-file", wanted});
    for (const auto& file : std::filesystem::directory_iterator(folder + "/db")) {
        if (file.path().filename().string().starts_with("__db.")) {
            std::filesystem::remove(file);  // shared memory of the ended server, large
        }
    }
}

/// A copy's settings: its own places and port, small caches, and nothing synced to disk.
std::string adapted(const std::string& dse, const std::string& made, const std::string& folder,
                    int port) {
    const std::vector<std::pair<std::string, std::string>> settings = {
        {"nsslapd-port", std::to_string(port)},
        {"nsslapd-dbcachesize", "10000000"},
        {"nsslapd-cache-autosize", "0"},
        {"nsslapd-db-durable-transaction", "off"},
    };
    std::string out;
    for (auto line : lines(replaced(replaced(dse, "\n ", ""), made + "/", folder + "/"))) {
        for (const auto& [name, value] : settings) {
            if (line.starts_with(name + ":")) {
                line = name + ": " + value;
            }
        }
        out += line + "\n";
    }
    return out;
}

}  // namespace

Mini389::Mini389() : port_(free_port()) {
    const auto made = copy_server_template("389", make, folder_.path());
    const auto settings = std::string("etc/dirsrv/") + kInstance + "/dse.ldif";
    folder_.write(settings,
                  adapted(read_file(folder_.file(settings)), made, folder_.path(), port_));
    start();
    for (const char* unit : {"people", "groups"}) {
        admin().modify(fmt::format("dn: ou={0},{1}\nobjectClass: organizationalUnit\nou: {0}\n",
                                   unit, suffix()));
    }
}

std::string Mini389::url() const {
    return "ldap://127.0.0.1:" + std::to_string(port_);
}

void Mini389::start() {
    process_.start({"/usr/sbin/ns-slapd", "-D", folder_.file("etc/dirsrv/") + kInstance, "-i",
                    folder_.file("run/pid"), "-d", "0"},
                   folder_.file("said"), [&] { return listens(loopback(port_)); });
}

}  // namespace muster::testing
