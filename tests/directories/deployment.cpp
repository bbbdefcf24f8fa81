#include "directories/deployment.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <sstream>

#include "cli/cli.h"

namespace muster::testing {

namespace {

constexpr std::string_view kBusy[] = {"added",
                                      "modified",
                                      "moved",
                                      "removed",
                                      "exports planned",
                                      "link additions planned",
                                      "link removals planned",
                                      "provisioned",
                                      "of unknown fate",
                                      "not sent"};

void collect_busy(const boost::json::value& value, std::string& out) {
    if (const auto* array = value.if_array()) {
        for (const auto& part : *array) {
            collect_busy(part, out);
        }
    } else if (const auto* object = value.if_object()) {
        for (const auto& [name, part] : *object) {
            const bool counts = std::ranges::find(kBusy, std::string_view(name)) != std::end(kBusy);
            if (counts && part.is_number() && part.to_number<double>() != 0) {
                out += fmt::format("{}{}={}", out.empty() ? "" : " ", std::string_view(name),
                                   part.to_number<std::int64_t>());
            }
            collect_busy(part, out);
        }
    }
}

}  // namespace

Answer Deployment::muster(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"-C", folder_.path()});
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_command_line(arguments, Console{out, err, false, false, false});
    return {code, out.str() + err.str()};
}

std::string Deployment::busy_run(int code) const {
    const auto answer = muster({"run", "--json"});
    const auto start = answer.text.find('{');
    if (answer.code != code || start == std::string::npos) {
        return fmt::format("exit code {}: {}", answer.code, answer.text);
    }
    std::string busy;
    collect_busy(boost::json::parse(answer.text.substr(start)), busy);
    return busy;
}

std::string Deployment::endpoint(const LdapAdmin& admin) const {
    write("password", admin.password);
    return fmt::format("url: \"{}\"\n      bind_dn: \"{}\"\n      password: ${{file:password}}{}",
                       admin.url, admin.bind_dn,
                       admin.ca_file.empty() ? "" : "\n      ca_file: \"" + admin.ca_file + "\"");
}

}  // namespace muster::testing
