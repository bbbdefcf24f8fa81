#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/starter.h"

namespace muster {
namespace {

void write_new_file(const std::filesystem::path& path, const std::string& content) {
    std::ofstream file(path, std::ios::binary);
    file << content;
    file.close();
    if (!file) {
        throw Error(ErrorCode::configuration,
                    fmt::format("{} cannot be written: {}", path.string(), std::strerror(errno)),
                    "choose a folder you may write to, with -C DIR");
    }
}

}  // namespace

int execute(const InitOptions& options, const Context& context) {
    const std::filesystem::path folder(context.global.folder);
    const auto configuration = configuration_path(context.global);
    if (std::filesystem::exists(configuration)) {
        throw Error(ErrorCode::configuration, configuration + " is there already",
                    "init never overwrites; choose another folder with -C DIR");
    }
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);  // if it fails, so does what follows
    write_new_file(configuration, starter_configuration(options.target == "ldap"));
    const auto people = folder / "people.csv";
    if (!std::filesystem::exists(people)) {
        write_new_file(people, starter_people());
    }
    if (context.global.json) {
        print_json(context.console, boost::json::object{{"configuration", configuration}});
    } else {
        context.console.out << fmt::format(
            "wrote {0} and {1}\nnext: muster -C {2} check, then muster -C {2} preview\n",
            configuration, people.lexically_normal().string(), context.global.folder);
    }
    return 0;
}

}  // namespace muster
