// The arrows of docs/architecture.md, checked against every include of src/.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/repository.h"

namespace muster::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

using Parts = std::set<std::string>;

/// What each part may include beside itself. A part that is not named here may not exist.
const std::map<std::string, Parts>& allowed() {
    static const std::map<std::string, Parts> table{
        {"base", {}},
        {"model", {"base"}},
        {"config", {"base", "model"}},
        {"engine", {"base", "model"}},
        {"store", {"base", "model"}},
        {"cache", {"base", "model"}},
        {"connect", {"base", "model"}},
        {"follow", {"base", "model", "store", "cache"}},
        {"workspace", {"base", "model", "store", "cache"}},
        {"run", {"base", "model", "engine", "store", "cache", "connect", "follow", "workspace"}},
        {"serve", {"base", "model", "config", "engine", "store", "cache", "connect", "run"}},
        {"cli", {"base", "model", "config", "engine", "store", "cache", "connect", "run"}},
    };
    return table;
}

/// What the engine, a pure function, must not see: clocks, threads, files, sockets, stores.
const std::set<std::string>& impure_headers() {
    static const std::set<std::string> table{"atomic",       "condition_variable",
                                             "future",       "mutex",
                                             "shared_mutex", "stop_token",
                                             "semaphore",    "thread",
                                             "latch",        "barrier",
                                             "fstream",      "iostream",
                                             "filesystem",   "cstdio",
                                             "stdio.h",      "fcntl.h",
                                             "unistd.h",     "sys/socket.h",
                                             "sys/stat.h",   "sys/mman.h",
                                             "time.h",       "ctime",
                                             "random",       "spdlog/spdlog.h",
                                             "sqlite3.h",    "ldap.h",
                                             "pthread.h"};
    return table;
}

const std::set<std::string>& impure_words() {
    static const std::set<std::string> table{
        "system_clock::now", "steady_clock", "high_resolution_clock",
        "thread_local",      "getenv",       " now()"};
    return table;
}

std::string part_of(const std::string& path) {
    return path.substr(0, path.find('/'));
}

bool is_test(const std::string& path) {
    return path.ends_with("_test.cpp");
}

/// Why an include breaks the arrows, or nothing.
std::string objection(const std::string& part, const std::string& name) {
    const auto target = allowed().find(part_of(name));
    if (target == allowed().end() || target->first == part) {
        return {};
    }
    const auto source = allowed().find(part);
    if (source == allowed().end()) {
        return "is in no known part";
    }
    if (source->second.contains(target->first)) {
        return {};
    }
    return "includes " + name + ", and " + part + " may not know " + target->first;
}

std::vector<std::string> layer_complaints(const std::vector<SourceFile>& files) {
    std::vector<std::string> complaints;
    for (const SourceFile& file : files) {
        const std::string inside = file.path.substr(std::string("src/").size());
        if (is_test(inside)) {
            continue;  // tests may use any part to build their world
        }
        for (const Include& include : includes(file.text)) {
            if (!include.quoted) {
                continue;
            }
            if (const std::string why = objection(part_of(inside), include.name); !why.empty()) {
                complaints.push_back(file.path + " " + why);
            }
        }
    }
    return complaints;
}

std::vector<std::string> purity_complaints(const std::vector<SourceFile>& files) {
    std::vector<std::string> complaints;
    for (const SourceFile& file : files) {
        if (!file.path.starts_with("src/engine/") || is_test(file.path)) {
            continue;
        }
        for (const Include& include : includes(file.text)) {
            if (impure_headers().contains(include.name)) {
                complaints.push_back(file.path + " includes <" + include.name + ">");
            }
        }
        for (const std::string& word : impure_words()) {
            if (file.text.find(word) != std::string::npos) {
                complaints.push_back(file.path + " says " + word);
            }
        }
    }
    return complaints;
}

TEST(Layers, ArrowsPointDownOnly) {
    const std::vector<SourceFile> files = source_files(testing::repository_path(), {"src"});
    ASSERT_FALSE(files.empty());
    EXPECT_THAT(layer_complaints(files), IsEmpty());
}

TEST(Layers, TheEngineIsPure) {
    EXPECT_THAT(purity_complaints(source_files(testing::repository_path(), {"src/engine"})),
                IsEmpty());
}

TEST(Layers, EveryFolderIsAKnownPart) {
    for (const SourceFile& file : source_files(testing::repository_path(), {"src"})) {
        const std::string part = part_of(file.path.substr(std::string("src/").size()));
        EXPECT_TRUE(allowed().contains(part)) << file.path;
    }
}

TEST(Layers, AnArrowUpIsNoticed) {
    EXPECT_THAT(layer_complaints({{"src/base/x.h", "#pragma once\n#include \"model/object.h\"\n"}}),
                SizeIs(1));
    EXPECT_THAT(layer_complaints({{"src/engine/x.cpp", "#  include \"store/store.h\"\n"}}),
                SizeIs(1));
    EXPECT_THAT(layer_complaints({{"src/connect/csv/x.cpp", "#include \"run/run.h\"\n"}}),
                SizeIs(1));
    EXPECT_THAT(layer_complaints({{"src/engine/x.cpp", "#include \"store/view.h\"\n"}}), SizeIs(1));
    EXPECT_THAT(layer_complaints({{"src/run/x.cpp", "#include \"engine/expression.h\"\n"}}),
                IsEmpty());
}

TEST(Layers, AnImpureEngineIsNoticed) {
    EXPECT_THAT(purity_complaints({{"src/engine/x.cpp", "#include <thread>\n"}}), SizeIs(1));
    EXPECT_THAT(purity_complaints({{"src/engine/x.cpp", "auto t = muster:: now();\n"}}), SizeIs(1));
    EXPECT_THAT(purity_complaints({{"src/run/x.cpp", "#include <thread>\n"}}), IsEmpty());
}

}  // namespace
}  // namespace muster::testing
