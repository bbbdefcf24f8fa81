// Rules of the repository that a reader relies on, checked in every file.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "support/repository.h"
#include "support/temp_folder.h"

namespace muster::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::size_t kLinesMost = 700;
constexpr std::size_t kReadmeLinesMost = 60;

/// "x/y_slapd_test.cpp" → "y.h": the header a source file stands for.
bool names_own_header(const std::string& source, const std::string& header) {
    const std::string stem = std::filesystem::path(source).stem().string();
    return std::filesystem::path(header).stem().string() == stem;
}

bool has_word(const std::string& line, const std::string& word) {
    const auto part_of_word = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    };
    for (std::size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !part_of_word(line[at - 1])) &&
            (end == line.size() || !part_of_word(line[end]))) {
            return true;
        }
    }
    return false;
}

/// Markers of unfinished work, spelt so that this file does not hold them.
const std::vector<std::string>& markers() {
    static const std::vector<std::string> words{std::string("TO") + "DO", std::string("FIX") + "ME",
                                                std::string("XX") + "X"};
    return words;
}

void check_lines(const SourceFile& file, std::vector<std::string>& complaints) {
    const std::vector<std::string> all = lines(file.text);
    if (all.size() > kLinesMost) {
        complaints.push_back(file.path + " has " + std::to_string(all.size()) + " lines");
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string where = file.path + ":" + std::to_string(i + 1);
        if (all[i].find('\t') != std::string::npos) {
            complaints.push_back(where + " has a tab");
        }
        for (const std::string& marker : markers()) {
            if (has_word(all[i], marker)) {
                complaints.push_back(where);
                complaints.back() += " says " + marker;
            }
        }
    }
}

/// A header guards itself; a source file with a header of its own includes that first.
void check_headers(const SourceFile& file, const std::set<std::string>& paths,
                   std::vector<std::string>& complaints) {
    const std::filesystem::path path(file.path);
    if (path.extension() == ".h") {
        if (!file.text.starts_with("#pragma once")) {
            complaints.push_back(file.path + " does not begin with #pragma once");
        }
        return;
    }
    const std::string own = (path.parent_path() / path.stem()).string() + ".h";
    if (!paths.contains(own)) {
        return;
    }
    const std::vector<Include> all = includes(file.text);
    if (all.empty() || !all.front().quoted || !names_own_header(file.path, all.front().name)) {
        complaints.push_back(file.path + " does not include its own header first");
    }
}

std::vector<std::string> complaints(const std::vector<SourceFile>& files) {
    std::set<std::string> paths;
    for (const SourceFile& file : files) {
        paths.insert(file.path);
    }
    std::vector<std::string> all;
    for (const SourceFile& file : files) {
        check_lines(file, all);
        check_headers(file, paths, all);
    }
    return all;
}

TEST(Rules, HoldInEveryFile) {
    const std::vector<SourceFile> files =
        source_files(testing::repository_path(), {"src", "tests", "benchmarks"});
    ASSERT_FALSE(files.empty());
    EXPECT_THAT(complaints(files), IsEmpty());
}

TEST(Rules, ABrokenRuleIsNoticed) {
    EXPECT_THAT(complaints({{"src/a/x.h", "int x;\n"}}), SizeIs(1));
    EXPECT_THAT(complaints({{"src/a/x.h", "#pragma once\n\tint x;\n"}}), SizeIs(1));
    EXPECT_THAT(complaints({{"src/a/x.h", "#pragma once\n// " + markers()[0] + " later\n"}}),
                SizeIs(1));
    EXPECT_THAT(complaints({{"src/a/x.h", "#pragma once\n"},
                            {"src/a/x.cpp", "#include <string>\n#include \"a/x.h\"\n"}}),
                SizeIs(1));
    EXPECT_THAT(complaints({{"src/a/x.cpp", std::string(kLinesMost + 1, '\n')}}), SizeIs(1));
    EXPECT_THAT(complaints({{"src/a/x.h", "#pragma once\n"},
                            {"src/a/x.cpp", "#include \"a/x.h\"\n#include <string>\n"}}),
                IsEmpty());
}

TEST(Rules, EveryPartSaysWhatItIsFor) {
    const std::filesystem::path root(testing::repository_path());
    std::vector<std::filesystem::path> folders{root / "portal", root / "packaging", root / "tests",
                                               root / "benchmarks", root / "docs"};
    for (const auto& entry : std::filesystem::directory_iterator(root / "src")) {
        if (entry.is_directory()) {
            folders.push_back(entry.path());
        }
    }
    for (const std::filesystem::path& folder : folders) {
        const std::filesystem::path readme = folder / "README.md";
        ASSERT_TRUE(std::filesystem::exists(readme)) << readme;
        EXPECT_LE(lines(read_file(readme.string())).size(), kReadmeLinesMost) << readme;
    }
}

}  // namespace
}  // namespace muster::testing
