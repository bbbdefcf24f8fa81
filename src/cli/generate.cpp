#include "cli/generate.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "base/dn.h"
#include "base/error.h"
#include "cli/generated_configuration.h"
#include "cli/population.h"
#include "connect/csv/writer.h"
#include "connect/ldif/writer.h"
#include "connect/replace_file.h"

namespace muster {

namespace {

constexpr std::uint64_t kLeast = 10;
constexpr std::uint64_t kMost = 1'000'000;
constexpr std::string_view kSuffix = "dc=muster,dc=example";
constexpr std::string_view kNobody = "cn=nobody,dc=muster,dc=example";

/// A CSV file being written, row by row.
class CsvOutput {
 public:
    CsvOutput(const std::string& path, std::initializer_list<std::string_view> header)
        : file_(path) {
        row(header);
    }

    void row(std::initializer_list<std::string_view> cells) {
        line_.clear();
        csv::append_row(line_, std::span(cells.begin(), cells.size()), ',');
        line_ += '\n';
        file_.append(line_);
    }

    void finish() { finish_file(file_); }

    static void finish_file(ReplaceFile& file) {
        file.prepare();
        if (!file.replace()) {
            throw Error(ErrorCode::connection,
                        "the files were written, but may not survive a power cut",
                        "check the file system");
        }
    }

 private:
    ReplaceFile file_;
    std::string line_;
};

std::string person_dn(const SyntheticPopulation::Person& person) {
    return fmt::format("{},{},ou=people,{}", format_rdn("uid", person.id),
                       format_rdn("ou", person.department), kSuffix);
}

std::string group_dn(std::uint64_t group) {
    return fmt::format("{},ou=groups,{}", format_rdn("cn", SyntheticPopulation::group_id(group)),
                       kSuffix);
}

void write_people(const std::string& path, const SyntheticPopulation& population,
                  GenerateSummary& summary) {
    CsvOutput out(path,
                  {"id",           "employee_number", "uuid",       "given_name",    "last_name",
                   "display_name", "title",           "department", "cost_center",   "manager",
                   "phone",        "mobile",          "office",     "city",          "country",
                   "hired",        "weekly_hours",    "full_time",  "employee_type", "languages"});
    for (std::uint64_t i = 0; i < population.numbers(); ++i) {
        const auto fate = population.fate(i);
        summary.changed += fate == SyntheticPopulation::Fate::changed ? 1 : 0;
        summary.moved += fate == SyntheticPopulation::Fate::moved ? 1 : 0;
        summary.joined += fate == SyntheticPopulation::Fate::joined ? 1 : 0;
        summary.left += fate == SyntheticPopulation::Fate::left ? 1 : 0;
        if (fate == SyntheticPopulation::Fate::left) {
            continue;
        }
        const auto p = population.person(i);
        ++summary.people;
        out.row({p.id,
                 std::to_string(p.employee_number),
                 p.uuid,
                 p.given_name,
                 p.last_name,
                 fmt::format("{} {}", p.given_name, p.last_name),
                 p.title,
                 p.department,
                 std::to_string(p.cost_center),
                 p.manager ? SyntheticPopulation::person_id(*p.manager) : std::string(),
                 p.phone,
                 p.mobile,
                 p.office,
                 p.city,
                 p.country,
                 p.hired,
                 p.weekly_hours,
                 p.full_time ? "true" : "false",
                 p.employee_type,
                 p.languages});
    }
    out.finish();
}

void write_groups(const std::string& folder, const SyntheticPopulation& population,
                  GenerateSummary& summary) {
    CsvOutput groups(folder + "/groups.csv", {"id", "name", "owner"});
    CsvOutput memberships(folder + "/memberships.csv", {"group_id", "person_id"});
    for (std::uint64_t group = 0; group < population.groups(); ++group) {
        const auto id = SyntheticPopulation::group_id(group);
        ++summary.groups;
        groups.row({id, population.group_name(group),
                    SyntheticPopulation::person_id(population.group_owner(group))});
        population.members(group, [&](std::uint64_t member) {
            ++summary.memberships;
            memberships.row({id, SyntheticPopulation::person_id(member)});
        });
    }
    groups.finish();
    memberships.finish();
}

/// One LDIF record: the DN, then the fields, those without a value left out.
void append_record(ReplaceFile& file, std::string_view dn,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    std::string text = "\n";  // ends the record before, and harmless at the start
    ldif::append_line(text, "dn", dn);
    for (const auto& [name, value] : fields) {
        if (!value.empty()) {
            ldif::append_line(text, name, value);
        }
    }
    file.append(text);
}

void append_tree(ReplaceFile& file) {
    append_record(file, kSuffix,
                  {{"objectClass", "organization"},
                   {"objectClass", "dcObject"},
                   {"o", "Muster"},
                   {"dc", "muster"}});
    for (const std::string_view unit : {"people", "groups"}) {
        append_record(file, fmt::format("ou={},{}", unit, kSuffix),
                      {{"objectClass", "organizationalUnit"}, {"ou", unit}});
    }
    for (std::uint64_t i = 0; i < SyntheticPopulation::departments(); ++i) {
        const auto name = SyntheticPopulation::department(i);
        append_record(file, fmt::format("{},ou=people,{}", format_rdn("ou", name), kSuffix),
                      {{"objectClass", "organizationalUnit"}, {"ou", name}});
    }
}

/// The same people and groups as directory entries, as the configuration would make them.
void write_ldif(const std::string& path, const SyntheticPopulation& population) {
    ReplaceFile file(path);  // without a version line, which slapadd does not take
    append_tree(file);
    const auto dn_of = [&](std::uint64_t number) { return person_dn(population.person(number)); };
    for (std::uint64_t i = 0; i < population.numbers(); ++i) {
        if (!population.is_there(i)) {
            continue;
        }
        const auto p = population.person(i);
        append_record(file, person_dn(p),
                      {{"objectClass", "inetOrgPerson"},
                       {"uid", p.id},
                       {"employeeNumber", std::to_string(p.employee_number)},
                       {"givenName", p.given_name},
                       {"sn", p.last_name},
                       {"cn", fmt::format("{} {}", p.given_name, p.last_name)},
                       {"displayName", fmt::format("{} {}", p.given_name, p.last_name)},
                       {"title", p.title},
                       {"departmentNumber", std::to_string(p.cost_center)},
                       {"manager", p.manager ? dn_of(*p.manager) : std::string()},
                       {"telephoneNumber", p.phone},
                       {"mobile", p.mobile},
                       {"roomNumber", p.office},
                       {"l", p.city},
                       {"employeeType", p.employee_type}});
    }
    for (std::uint64_t group = 0; group < population.groups(); ++group) {
        append_record(file, group_dn(group),
                      {{"objectClass", "groupOfNames"},
                       {"cn", SyntheticPopulation::group_id(group)},
                       {"description", population.group_name(group)},
                       {"owner", dn_of(population.group_owner(group))}});
        std::string line;
        bool any = false;
        population.members(group, [&](std::uint64_t member) {
            any = true;
            line.clear();
            ldif::append_line(line, "member", dn_of(member));
            file.append(line);
        });
        if (!any) {  // groupOfNames demands one
            ldif::append_line(line, "member", kNobody);
            file.append(line);
        }
    }
    CsvOutput::finish_file(file);
}

void check(const GenerateOptions& options) {
    if (options.people < kLeast || options.people > kMost) {
        throw Error(ErrorCode::usage, fmt::format("{} people cannot be generated", options.people),
                    "choose 10 to 1,000,000");
    }
    if (options.date != 1 && options.date != 2) {
        throw Error(ErrorCode::usage, fmt::format("there is no date {}", options.date),
                    "choose 1 or 2");
    }
    if (!(options.changes >= 0 && options.changes <= 1)) {
        throw Error(ErrorCode::usage, "the share of changes is not between 0 % and 100 %",
                    "choose, for example, --changes 5%");
    }
}

/// Somebody's people.csv may be the real one.
void refuse_to_overwrite(const GenerateOptions& options) {
    std::vector<std::string> there;
    for (const std::string name :
         {"people.csv", "groups.csv", "memberships.csv", "population.ldif"}) {
        std::error_code error;
        if ((options.ldif || name != "population.ldif") &&
            std::filesystem::exists(std::filesystem::path(options.folder) / name, error)) {
            there.push_back(name);
        }
    }
    if (!there.empty()) {
        throw Error(ErrorCode::usage,
                    fmt::format("{} {} already there in {}", fmt::join(there, ", "),
                                there.size() == 1 ? "is" : "are", options.folder),
                    "name another folder, muster generate FOLDER, or say --force to replace them");
    }
}

}  // namespace

GenerateSummary generate(const GenerateOptions& options) {
    check(options);
    if (!options.force) {
        refuse_to_overwrite(options);
    }
    std::error_code error;
    std::filesystem::create_directories(options.folder, error);
    if (error) {
        throw Error(ErrorCode::connection,
                    fmt::format("cannot make the folder {}: {}", options.folder, error.message()),
                    "choose a folder this user may make");
    }
    const SyntheticPopulation population(
        options.people, options.seed, options.date,
        static_cast<std::uint64_t>(std::llround(options.changes * 1e6)));
    GenerateSummary summary;
    write_people(options.folder + "/people.csv", population, summary);
    write_groups(options.folder, population, summary);
    if (options.ldif) {
        write_ldif(options.folder + "/population.ldif", population);
    }
    const auto configuration = options.folder + "/muster.yaml";
    if (!std::filesystem::exists(configuration)) {
        ReplaceFile file(configuration);
        file.append(kGeneratedConfiguration);
        CsvOutput::finish_file(file);
        summary.configured = true;
    }
    return summary;
}

}  // namespace muster
