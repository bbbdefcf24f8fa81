#include "cli/generate.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "config/load.h"
#include "connect/connector.h"
#include "support/temp_folder.h"

namespace muster {
namespace {

using muster::testing::read_file;
using muster::testing::TempFolder;

/// Everything in a generated folder, as the CSV connector reads it.
class Seen : public EntrySink {
 public:
    explicit Seen(const std::string& folder) {
        const auto loaded = load_configuration(folder + "/muster.yaml");
        for (const auto& complaint : loaded.complaints) {
            ADD_FAILURE() << format_complaint(complaint);
        }
        if (!loaded.usable()) {
            return;
        }
        const auto& configuration = loaded.configuration;
        schema_ = &configuration.schema;
        const auto system = schema_->find_space("hr");
        ReadRequest request;
        request.types = schema_->space(system).types;
        const auto result = make_connector(configuration, system)->read(request, *this);
        EXPECT_EQ(result.complete.size(), 2u) << result.incomplete_because;
    }

    void entry(const Entry& entry) override {
        auto& values = schema_->type(entry.type).name == "person"
                           ? people[std::string(entry.anchor)]
                           : groups[std::string(entry.anchor)];
        for (const auto& value : entry.values) {
            values.emplace(schema_->attribute(value.attribute).name, value.text);
        }
    }
    void problem(ReadProblem problem) override {
        ADD_FAILURE() << problem.where << problem.message;
    }

    using Values = std::multimap<std::string, std::string>;
    std::map<std::string, Values> people;
    std::map<std::string, Values> groups;

 private:
    const Schema* schema_ = nullptr;
};

TEST(Generate, MakesAConsistentPopulation) {
    const TempFolder folder;
    const auto summary = generate({.folder = folder.path(), .people = 2'000});
    EXPECT_TRUE(summary.configured);
    const Seen seen(folder.path());
    EXPECT_EQ(seen.people.size(), 2'000u);
    EXPECT_EQ(summary.people, 2'000u);
    EXPECT_EQ(seen.groups.size(), 200u);
    std::size_t without_manager = 0;
    for (const auto& [id, person] : seen.people) {
        const auto manager = person.find("manager");
        without_manager += manager == person.end() ? 1 : 0;
        EXPECT_TRUE(manager == person.end() || seen.people.contains(manager->second)) << id;
        EXPECT_GE(person.size(), 19u);
    }
    EXPECT_EQ(without_manager, 1u);
    std::size_t memberships = 0;
    std::size_t small = 0;
    for (const auto& [id, group] : seen.groups) {
        EXPECT_TRUE(seen.people.contains(group.find("owner")->second));
        const auto [first, last] = group.equal_range("members");
        std::set<std::string> members;
        for (auto it = first; it != last; ++it) {
            EXPECT_TRUE(seen.people.contains(it->second));
            EXPECT_TRUE(members.insert(it->second).second);
        }
        memberships += members.size();
        small += members.size() < 10 ? 1 : 0;
        EXPECT_EQ(members.size() == 1'000u, id == "G000001");
    }
    EXPECT_EQ(memberships, summary.memberships);
    EXPECT_GT(small, 100u);
}

TEST(Generate, IsDeterministic) {
    const TempFolder a;
    const TempFolder b;
    const TempFolder c;
    generate({.folder = a.path(), .people = 500, .seed = 7});
    generate({.folder = b.path(), .people = 500, .seed = 7});
    generate({.folder = c.path(), .people = 500, .seed = 8});
    for (const auto* name : {"people.csv", "groups.csv", "memberships.csv", "population.ldif"}) {
        EXPECT_EQ(read_file(a.file(name)), read_file(b.file(name)));
        EXPECT_NE(read_file(a.file(name)), read_file(c.file(name)));
        EXPECT_TRUE(valid_utf8(read_file(a.file(name))));
    }
}

TEST(Generate, TheSecondDateDiffersByTheShareStated) {
    const TempFolder folder;
    generate({.folder = folder.path(), .people = 2'000});
    const Seen before(folder.path());
    const auto summary = generate(
        {.folder = folder.path(), .people = 2'000, .date = 2, .changes = 0.1, .force = true});
    EXPECT_FALSE(summary.configured);
    const Seen after(folder.path());
    std::uint64_t left = 0;
    std::uint64_t moved = 0;
    std::uint64_t differs = 0;
    for (const auto& [id, person] : before.people) {
        const auto found = after.people.find(id);
        if (found == after.people.end()) {
            ++left;
            continue;
        }
        auto was = person;
        auto is = found->second;
        moved += was.find("department")->second != is.find("department")->second ? 1 : 0;
        was.erase("manager");  // changes when the manager leaves, too
        is.erase("manager");
        differs += was != is ? 1 : 0;
    }
    EXPECT_EQ(left, 50u);
    EXPECT_EQ(summary.left, 50u);
    EXPECT_EQ(summary.joined, 50u);
    EXPECT_EQ(after.people.size(), 2'000u);
    EXPECT_EQ(summary.moved, 50u);
    EXPECT_EQ(summary.changed, 50u);
    EXPECT_EQ(differs, 100u);
    EXPECT_GT(moved, 40u);  // a few move to where they were
    EXPECT_LE(moved, 50u);
    for (const auto& [id, person] : after.people) {
        const auto manager = person.find("manager");
        EXPECT_TRUE(manager == person.end() || after.people.contains(manager->second)) << id;
    }
    for (const auto& [id, group] : after.groups) {
        EXPECT_TRUE(after.people.contains(group.find("owner")->second)) << id;
        const auto [first, last] = group.equal_range("members");
        for (auto it = first; it != last; ++it) {
            EXPECT_TRUE(after.people.contains(it->second)) << id;
        }
    }
}

TEST(Generate, OverwritesNothingUnlessTold) {
    const TempFolder folder;
    folder.write("people.csv", "the real ones\n");
    try {
        generate({.folder = folder.path(), .people = 10});
        ADD_FAILURE() << "people.csv is overwritten";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::usage);
        EXPECT_THAT(error.what(), ::testing::HasSubstr("people.csv is already there in "));
        EXPECT_THAT(error.cure(), ::testing::HasSubstr("--force"));
    }
    EXPECT_EQ(read_file(folder.file("people.csv")), "the real ones\n");
    EXPECT_FALSE(std::filesystem::exists(folder.file("groups.csv")));
    EXPECT_EQ(generate({.folder = folder.path(), .people = 10, .force = true}).people, 10u);
}

TEST(Generate, WorksForTheSmallestPopulationAndRefusesLess) {
    const TempFolder folder;
    generate({.folder = folder.path(), .people = 10, .date = 2, .changes = 1});
    const Seen seen(folder.path());
    EXPECT_FALSE(seen.people.empty());
    EXPECT_THROW(generate({.folder = folder.path(), .people = 9}), Error);
    EXPECT_THROW(generate({.folder = folder.path(), .people = 1'000'001}), Error);
    EXPECT_THROW(generate({.folder = folder.path(), .date = 3}), Error);
    EXPECT_THROW(generate({.folder = folder.path(), .changes = 1.5}), Error);
    EXPECT_THROW(generate({.folder = "/proc/none"}), Error);
}

}  // namespace
}  // namespace muster
