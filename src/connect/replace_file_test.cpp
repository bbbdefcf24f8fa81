#include "connect/replace_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "connect/connector.h"
#include "support/temp_folder.h"

namespace muster {
namespace {

using muster::testing::read_file;
using muster::testing::TempFolder;

bool replace(const std::string& path, std::string_view content) {
    ReplaceFile file(path);
    file.append(content);
    file.prepare();
    return file.replace();
}

TEST(ReplaceFile, KeepsPermissionsAndFollowsLinks) {
    const TempFolder folder;
    const auto path = folder.write("a", "old");
    ASSERT_EQ(chmod(path.c_str(), 0640), 0);
    ASSERT_EQ(symlink(path.c_str(), folder.file("link").c_str()), 0);
    EXPECT_TRUE(replace(folder.file("link"), "new"));
    EXPECT_EQ(read_file(path), "new");
    EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
    struct stat found{};
    ASSERT_EQ(stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777, 0640u);
}

TEST(ReplaceFile, KeepsOwnerAndGroup) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root may give files away";
    }
    const TempFolder folder;
    const auto path = folder.write("a", "old");
    ASSERT_EQ(chown(path.c_str(), 1234, 2345), 0);
    ASSERT_EQ(chmod(path.c_str(), 0640), 0);
    EXPECT_TRUE(replace(path, "new"));
    struct stat found{};
    ASSERT_EQ(stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_uid, 1234u);
    EXPECT_EQ(found.st_gid, 2345u);
    EXPECT_EQ(found.st_mode & 07777, 0640u);
}

TEST(ReplaceFile, LeavesNothingBehindWhereItIsGivenUp) {
    const TempFolder folder;
    const auto path = folder.write("a", "old");
    {
        ReplaceFile file(path);
        file.append(std::string(3 << 20, 'x'));
        file.prepare();
    }
    EXPECT_EQ(read_file(path), "old");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
    EXPECT_THROW(ReplaceFile(folder.file("no/such/folder")), Error);
}

/// The dying process runs its test from the beginning, with MUSTER_FAULT read before main(); so
/// there is one death to a test, and the folder is named by the environment.
void die_at(const char* point, const char* expected) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const TempFolder own;
    const bool dying = std::getenv("MUSTER_FAULT") != nullptr;
    if (!dying) {
        own.write("a", "old");
        setenv("MUSTER_TEST_FOLDER", own.path().c_str(), 1);
        setenv("MUSTER_FAULT", point, 1);
    }
    const auto path = std::string(std::getenv("MUSTER_TEST_FOLDER")) + "/a";
    EXPECT_EXIT(static_cast<void>(replace(path, "new")), ::testing::KilledBySignal(SIGKILL), "");
    unsetenv("MUSTER_FAULT");
    unsetenv("MUSTER_TEST_FOLDER");
    EXPECT_EQ(read_file(path), expected);
    EXPECT_TRUE(replace(path, "next"));  // what the dead left does not stand in the way
    EXPECT_EQ(read_file(path), "next");
}

TEST(ReplaceFile, KilledBeforeTheFileIsOld) {
    die_at("file-before-replace:1", "old");
}

TEST(ReplaceFile, KilledAfterwardsTheFileIsNew) {
    die_at("file-after-replace:1", "new");
}

TEST(References, AreResolvedWhereTheyStand) {
    const TempFolder folder;
    folder.write("secret", "p:w\r\n");
    setenv("MUSTER_TEST_NAME", "there", 1);
    EXPECT_EQ(resolve_references("a ${env:MUSTER_TEST_NAME}, ${file:secret}$", folder.path()),
              "a there, p:w$");
    for (const auto* wrong : {"${env:MUSTER_TEST_NONE}", "${file:none}", "${other:x}", "${env:x"}) {
        try {
            resolve_references(wrong, folder.path());
            ADD_FAILURE() << wrong;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::configuration);
            EXPECT_THAT(error.what(), ::testing::HasSubstr(wrong));
        }
    }
}

}  // namespace
}  // namespace muster
