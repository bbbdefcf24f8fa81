#pragma once

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/cli.h"
#include "support/temp_folder.h"
#include "support/wanted_store.h"

namespace muster {

/// What a command did.
struct Result {
    int code;
    std::string out;
    std::string err;
};

/// A folder with the starter configuration, in which commands run as on a command line, stored and
/// processed as the environment wants (support/wanted_store.h).
class CommandLineTest : public ::testing::Test {
 protected:
    Result muster(std::vector<std::string> arguments, bool terminal = false) const {
        arguments.insert(arguments.begin(), {"-C", folder_.path()});
        std::ostringstream out;
        std::ostringstream err;
        const int code =
            run_command_line(arguments, Console{out, err, terminal, false, terminal, 0});
        return {code, out.str(), err.str()};
    }

    boost::json::value json(std::vector<std::string> arguments, int code = 0) const {
        arguments.emplace_back("--json");
        const auto result = muster(arguments);
        EXPECT_EQ(result.code, code) << result.out;
        EXPECT_TRUE(result.err.empty() || says_in_memory(result)) << result.err;
        return boost::json::parse(result.out);
    }

    /// All that a run says beside its answer where it processes in memory.
    static bool says_in_memory(const Result& run) {
        return testing::wants_in_memory() && run.err.starts_with("processing in memory: ") &&
               run.err.find('\n') == run.err.size() - 1;
    }

    /// Stands for muster.db.
    std::string store() const { return testing::wanted_store(folder_.file("muster.db")); }

    /// Writes muster.yaml, with `store: muster.db` as is wanted.
    void configure(const std::string& configuration) const {
        folder_.write("muster.yaml", testing::as_wanted(configuration, folder_.file("muster.db")));
    }

    void start() const {
        ASSERT_EQ(muster({"init"}).code, 0);
        configure(testing::read_file(folder_.file("muster.yaml")));
    }

    void start_and_run() const {
        start();
        const auto run = muster({"run"});
        ASSERT_EQ(run.code, 0) << run.out << run.err;
        ASSERT_EQ(says_in_memory(run), testing::wants_in_memory()) << run.err;
    }

    void write_people(std::string_view rows) const {
        folder_.write("people.csv", "number,first,last,department,active\n" + std::string(rows));
    }

    testing::TempFolder folder_;
};

}  // namespace muster
