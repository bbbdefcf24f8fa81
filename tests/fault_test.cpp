// Kills the real program at every commit and around everything it sends, then lets it run again:
// the directory must end as if nothing had happened.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "support/command.h"
#include "support/mini_postgres.h"
#include "support/mini_slapd.h"
#include "support/repository.h"
#include "support/temp_folder.h"
#include "support/wanted_store.h"

namespace muster::testing {
namespace {

constexpr int kKilled = 128 + 9;
constexpr const char* kDates[] = {"2019-02-15", "2020-06-30"};

/// Lines of a CSV file of the example that concern about one person and committee in `share`.
/// Decided by the ids themselves, so that the same ones are kept at every date.
std::string thin_out(const std::string& text, std::size_t columns, unsigned share) {
    std::istringstream lines(text);
    std::string line;
    std::string result;
    for (bool header = true; std::getline(lines, line); header = false) {
        bool kept = true;
        std::istringstream fields(line);
        std::string field;
        for (std::size_t i = 0; i < columns && std::getline(fields, field, ','); ++i) {
            unsigned sum = 0;
            for (const char c : field.substr(0, i == 0 && columns == 2 ? 4 : 7)) {
                sum = sum * 31 + static_cast<unsigned char>(c);
            }
            kept = kept && sum % share == 0;
        }
        if (header || kept) {
            result += line + "\n";
        }
    }
    return result;
}

/// The lines of two texts that the other one lacks.
std::string difference(const std::string& expected, const std::string& found) {
    const auto sorted = [](const std::string& text) {
        std::istringstream in(text);
        std::vector<std::string> lines;
        for (std::string line; std::getline(in, line);) {
            lines.push_back(line);
        }
        std::ranges::sort(lines);
        return lines;
    };
    const auto before = sorted(expected);
    const auto after = sorted(found);
    std::vector<std::string> missing;
    std::vector<std::string> surplus;
    std::ranges::set_difference(before, after, std::back_inserter(missing));
    std::ranges::set_difference(after, before, std::back_inserter(surplus));
    return missing.empty() && surplus.empty()
               ? std::string()
               : fmt::format("missing:\n  {}\nsurplus:\n  {}\n", fmt::join(missing, "\n  "),
                             fmt::join(surplus, "\n  "));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

/// How far on from the `count`-th passing of a point the next death is. Every commit is one; of the
/// many sends and answers every small count, then ever wider steps. Everything is wider where the
/// test runs once more for another store or way of processing, and nothing is left out with
/// MUSTER_FAULT_EVERY.
int step_after(std::string_view point, int count) {
    if (std::getenv("MUSTER_FAULT_EVERY") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
        return 1;
    }
    if (wants_postgresql() || wants_in_memory()) {
        return 1 + 2 * count;
    }
    return point.starts_with("store") ? 1 : 1 + count / 3;
}

/// The congress example on a part of its data, each time into a fresh branch of one directory.
class FaultTest : public ::testing::Test {
 protected:
    static MiniSlapd::Options options() {
        MiniSlapd::Options options;
        options.suffix = "dc=example";
        return options;
    }

    FaultTest() : slapd_(options()) {
        const std::string data = testing::repository_path("examples/congress/data/");
        for (const auto* date : kDates) {
            const auto copy = [&](const char* file, std::size_t columns, unsigned share) {
                const auto name = std::string(date) + "/" + file;
                folder_.write(name, thin_out(read_file(data + name), columns, share));
            };
            copy("people.csv", 1, kShare);
            copy("committees.csv", 1, kShare);
            copy("memberships.csv", 2, kShare);
            copy("social.csv", 0, kShare);
        }
    }

    /// A branch of the directory with a configuration and a store of its own.
    struct Trial {
        std::string base;
        std::string folder;
    };

    Trial begin() {
        Trial trial;
        const auto name = fmt::format("trial{}", ++trials_);
        trial.base = "dc=" + name + ",dc=example";
        trial.folder = folder_.file(name);
        slapd_.add(fmt::format("dn: {0}\nobjectClass: domain\ndc: {1}\n", trial.base, name));
        const auto example = read_file(testing::repository_path("examples/congress/muster.yaml"));
        folder_.write(name + "/muster.yaml",
                      as_wanted(replaced(example, "dc=congress,dc=example", trial.base),
                                trial.folder + "/muster.db"));
        return trial;
    }

    CommandResult muster(const Trial& trial, const std::string& date,
                         const std::vector<std::string>& arguments, const std::string& fault = {}) {
        std::vector<std::string> command{MUSTER_BINARY, "-C", trial.folder};
        command.insert(command.end(), arguments.begin(), arguments.end());
        std::vector<std::string> environment{
            "CONGRESS=" + folder_.file(date), "LDAP_URL=" + slapd_.url(),
            "LDAP_BIND_DN=" + slapd_.bind_dn(), "LDAP_PASSWORD=" + slapd_.password(),
            "PHONEBOOK=" + trial.folder + "/phonebook.csv"};
        if (!fault.empty()) {
            environment.push_back("MUSTER_FAULT=" + fault);
        }
        return run_command(command, {}, environment);
    }

    static bool done(const CommandResult& result) {
        return result.exit_code == 0 || result.exit_code == 2;
    }

    /// Runs both dates, dying once in each at the fault (if it comes to that), and again until
    /// done. Returns how often it died.
    int walk(const Trial& trial, const std::string& fault) {
        int deaths = 0;
        for (const auto* date : kDates) {
            auto result = muster(trial, date, {"run"}, fault);
            if (result.exit_code == kKilled) {
                ++deaths;
                if (wants_postgresql()) {
                    shared_postgres().await_unlocked();
                }
                result = muster(trial, date, {"run"});
            }
            // What was sent and not answered is settled by one run and, at most, mended by another.
            for (int i = 0; i < 2 && done(result); ++i) {
                result = muster(trial, date, {"run"});
            }
            EXPECT_TRUE(done(result)) << fault << " " << date << ": " << result.exit_code << "\n"
                                      << result.out << result.err;
            EXPECT_EQ(result.err.starts_with("processing in memory: "), wants_in_memory())
                << result.err;
        }
        const auto check = muster(trial, kDates[1], {"db", "check"});
        EXPECT_EQ(check.exit_code, 0) << fault << "\n" << check.out << check.err;
        return deaths;
    }

    /// All that the run has brought about outside, in comparable form.
    std::string outcome(const Trial& trial) const {
        return replaced(slapd_.dump_below(trial.base), trial.base, "BASE") + "\n" +
               read_file(trial.folder + "/phonebook.csv");
    }

    static constexpr unsigned kShare = 9;
    TempFolder folder_;
    MiniSlapd slapd_;
    int trials_ = 0;
};

TEST_F(FaultTest, KilledAnywhereItEndsWhereAnUndisturbedRunDoes) {
    const auto undisturbed = begin();
    ASSERT_EQ(walk(undisturbed, {}), 0);
    auto expected = outcome(undisturbed);
    const auto name = undisturbed.base.substr(3, undisturbed.base.find(',') - 3);
    expected = replaced(expected, "dc: " + name, "dc: NAME");
    ASSERT_GT(std::ranges::count(expected, '\n'), 300) << expected;

    for (const auto* point :
         {"store.commit.before", "store.commit.after", "ldap.send", "ldap.sent", "ldap.answer",
          "ldap.outcome", "file-before-replace", "file-after-replace"}) {
        int deaths = 0;
        for (int count = 1;; count += step_after(point, count)) {  // until it is not reached
            const auto trial = begin();
            const int died = walk(trial, fmt::format("{}:{}", point, count));
            const auto trial_name = trial.base.substr(3, trial.base.find(',') - 3);
            EXPECT_EQ(
                difference(expected, replaced(outcome(trial), "dc: " + trial_name, "dc: NAME")), "")
                << "killed at " << point << ":" << count;
            if (died == 0 || HasFailure()) {
                break;
            }
            deaths += died;
        }
        EXPECT_GT(deaths, 0) << "nothing passes " << point;
        fmt::print("{}: killed {} times\n", point, deaths);
        if (HasFailure()) {
            break;
        }
    }
}

}  // namespace
}  // namespace muster::testing
