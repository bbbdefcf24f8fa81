// Several processes of the real program at work on one PostgreSQL store, brought to stand at a
// precise place and killed there: nothing may be lost, nothing doubled.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/limits.h"
#include "support/command.h"
#include "support/mini_postgres.h"
#include "support/process.h"
#include "support/temp_folder.h"

namespace muster::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A page has so many objects that it is copied. Of some people both systems know something.
constexpr int kPage = static_cast<int>(limits::kStoreCopied) + 1;
constexpr int kOfStaff = 4 * kPage;
constexpr int kFirstOfDesk = 3 * kPage;
constexpr int kAll = 6 * kPage;
constexpr int kOfDesk = kAll - kFirstOfDesk;

// Places to stop at: commits begin with that of the run and that of the step. Who is refused ends
// with two more, and so before the third page.
constexpr const char* kAfterFirstPage = "store.commit.after:3:stop";
constexpr const char* kAfterThirdPage = "store.commit.after:5:stop";
constexpr const char* kWithinSecondPage = "store.copied:2:stop";

constexpr const char* kConfiguration = R"(
metaverse:
  person:
    attributes: { number: text, desk: text, boss: { type: reference, to: person } }
systems:
  staff:
    connector: csv
    settings: { folder: . }
    types:
      person:
        settings: { file: staff.csv }
        anchor: number
        attributes: { number: text, boss: { type: reference, to: person } }
  desk:
    connector: csv
    settings: { folder: . }
    types:
      person:
        settings: { file: desk.csv }
        anchor: number
        attributes: { number: text }
  list:
    connector: csv
    settings: { folder: . }
    types:
      entry:
        settings: { file: list.csv, sort: [number] }
        anchor: number
        attributes: { number: text, boss: { type: reference, to: entry }, desk: text }
rules:
  staff:
    from: staff.person
    to: person
    join: [ { number: number } ]
    project: true
    flows: { number: number, boss: boss }
  desk:
    from: desk.person
    to: person
    join: [ { number: number } ]
    project: true
    flows: { number: number, desk: { expression: number .. " sits" } }
  list:
    from: person
    to: list.entry
    provision: true
    deprovision: delete
    flows: { number: number, boss: boss, desk: desk }
)";

std::string number_of(int person) {
    return fmt::format("p{:04}", person);
}

/// Of the staff, and in another page than those who have them.
std::string boss_of(int person) {
    return person < kOfStaff ? number_of((person + kOfStaff / 2) % kOfStaff) : "";
}

/// Workers by the way of processing of all of them.
class WorkersTest : public ::testing::TestWithParam<const char*> {
 protected:
    WorkersTest() {
        const auto url = shared_postgres().fresh_database();
        database_ = url.substr(url.rfind('/') + 1);
        folder_.write("muster.yaml", fmt::format("store: {}\nprocessing: {}\n{}", url, GetParam(),
                                                 kConfiguration));
        write("staff.csv", 0, kOfStaff);
        write("desk.csv", kFirstOfDesk, kAll);
        muster({"run", "--only", "export"});  // the first run of all has one commit more
    }

    void write(const std::string& file, int first, int end) const {
        std::string rows = "number,boss\n";
        for (int person = first; person < end; ++person) {
            rows += number_of(person) + "," + boss_of(person) + "\n";
        }
        folder_.write(file, rows);
    }

    using Arguments = std::vector<std::string>;

    Arguments command(const Arguments& arguments) const {
        Arguments all{MUSTER_BINARY, "-C", folder_.path()};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return all;
    }
    CommandResult muster(const Arguments& arguments) const {
        return run_command(command(arguments));
    }
    static Arguments import(const char* system) {
        return {"run", system, "--only", "import", "--page", std::to_string(kPage)};
    }
    /// A worker under way, which stops at the fault where there is one.
    Process worker(const Arguments& arguments, const std::string& fault = {}) const {
        return Process(command(arguments), {},
                       fault.empty() ? Arguments{} : Arguments{"MUSTER_FAULT=" + fault});
    }

    boost::json::value status() const {
        return boost::json::parse(muster({"status", "--json"}).out);
    }
    /// How many objects the store holds of each system.
    std::vector<std::int64_t> objects() const {
        std::vector<std::int64_t> counts;
        const auto told = status();
        for (const auto& system : told.at("systems").as_array()) {
            counts.push_back(system.at("objects").to_number<std::int64_t>());
        }
        return counts;
    }

    /// Of two workers that start together on what only one may do, one does it and one gives up.
    void one_goes_on(const Arguments& arguments, const std::string& locked) const {
        Process first = worker(arguments, kAfterThirdPage);
        Process second = worker(arguments, kAfterThirdPage);
        const bool first_goes_on = first.stops();
        ASSERT_NE(second.stops(), first_goes_on);
        Process& going = first_goes_on ? first : second;
        const auto refused = (first_goes_on ? second : first).result();
        EXPECT_EQ(refused.exit_code, 1);
        EXPECT_THAT(refused.out, AllOf(HasSubstr(locked + " is locked by muster"),
                                       HasSubstr("wait for that run to end, or stop it")));
        going.go_on();
        const auto done = going.result();
        EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
    }

    /// Runs what is left to be done, and looks for everybody once in every place.
    void expect_everybody_once() const {
        const auto run = muster({"run"});
        EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
        std::string expected = "number,boss,desk\n";
        for (int person = 0; person < kAll; ++person) {
            const auto number = number_of(person);
            expected += fmt::format("{},{},{}\n", number, boss_of(person),
                                    person < kFirstOfDesk ? "" : number + " sits");
        }
        EXPECT_EQ(read_file(folder_.file("list.csv")), expected);
        EXPECT_THAT(objects(), ElementsAre(kOfStaff, kOfDesk, kAll));
        const auto before = status();
        EXPECT_EQ(before.at("metaverse_objects"), kAll);
        const auto again = muster({"run", "--full"});
        EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
        EXPECT_EQ(status().at("last_commit"), before.at("last_commit"));
        const auto check = muster({"db", "check", "--sample", "1"});
        EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
    }

    TempFolder folder_;
    std::string database_;
};

TEST_P(WorkersTest, TwoImportTwoSystemsAtOnce) {
    Process staff = worker(import("staff"), kAfterFirstPage);
    ASSERT_TRUE(staff.stops());
    Process desk = worker(import("desk"), kAfterFirstPage);
    ASSERT_TRUE(desk.stops());
    staff.go_on();
    desk.go_on();
    for (Process* one : {&staff, &desk}) {
        const auto result = one->result();
        EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    }
    expect_everybody_once();
}

TEST_P(WorkersTest, OneOfTwoThatStartTogetherGoesOn) {
    one_goes_on(import("staff"), "system staff");
    EXPECT_THAT(objects(), ElementsAre(kOfStaff, 0, 0));
    EXPECT_EQ(muster(import("desk")).exit_code, 0);
    one_goes_on({"run", "--only", "sync", "--page", std::to_string(kPage)}, "synchronisation");
    expect_everybody_once();
}

TEST_P(WorkersTest, AnotherTakesOverWhereOneIsKilled) {
    Process staff = worker(import("staff"), kAfterFirstPage);
    ASSERT_TRUE(staff.stops());
    EXPECT_EQ(muster(import("staff")).exit_code, 1);
    staff.kill();
    shared_postgres().await_unlocked();
    EXPECT_THAT(objects(), ElementsAre(kPage, 0, 0));
    EXPECT_EQ(muster(import("staff")).exit_code, 0);
    EXPECT_THAT(objects(), ElementsAre(kOfStaff, 0, 0));
    EXPECT_EQ(muster(import("desk")).exit_code, 0);
    expect_everybody_once();
}

/// Where a worker holds the counter of commits, the others wait for it, dead or alive.
TEST_P(WorkersTest, OneThatIsKilledInItsCommitHoldsUpNobody) {
    Process staff = worker(import("staff"), kWithinSecondPage);
    ASSERT_TRUE(staff.stops());
    Process desk = worker(import("desk"));
    shared_postgres().await(database_,
                            "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = "
                            "current_database() AND wait_event_type = 'Lock'",
                            "t\n");
    staff.kill();
    const auto done = desk.result();
    EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
    shared_postgres().await_unlocked();
    EXPECT_THAT(objects(), ElementsAre(kPage, kOfDesk, 0));
    EXPECT_EQ(muster(import("staff")).exit_code, 0);
    expect_everybody_once();
}

INSTANTIATE_TEST_SUITE_P(Processing, WorkersTest, ::testing::Values("direct", "in-memory"),
                         [](const auto& test) {
                             return std::string(test.param) == "direct" ? "direct" : "in_memory";
                         });

}  // namespace
}  // namespace muster::testing
