#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every bound of the program, named once. A bound that an operator may move is a setting with one
/// of these as its default.
namespace muster::limits {

// Runs
inline constexpr std::size_t kPageObjects = 10'000;   ///< objects per page, hence per commit
inline constexpr std::size_t kPagesInFlight = 2;      ///< pages between reading and committing
inline constexpr std::size_t kCommitsAtOnce = 8;      ///< commits in one transaction
inline constexpr std::uint64_t kCreatesAtLeast = 10;  ///< never held by the default limit
inline constexpr std::size_t kItemsShown = 20;  ///< items a summary prints before "and N more"
inline constexpr std::size_t kRefusalsInARow =
    100;  ///< alike, before a run stops sending to a system
inline constexpr std::size_t kExportWindowMost = 64;  ///< operations in flight on one connection
inline constexpr std::size_t kOperationsAhead =
    2'000;  ///< fetched before the connection takes them
inline constexpr std::size_t kLinksPerOperation =
    10'000;  ///< link values in one write; more follow as modifies
inline constexpr std::size_t kOperationBytes =
    2u << 20;  ///< of values in one write; servers refuse what is much larger
inline constexpr std::size_t kCatchUpObjects =
    200'000;  ///< changed elsewhere that memory re-reads; over that it reads everything again

// Values (bytes unless said otherwise)
inline constexpr std::size_t kValueBytes = 16u << 20;  ///< one attribute value
inline constexpr std::size_t kAnchorBytes = 1'024;
inline constexpr std::size_t kNameBytes = 8'192;
inline constexpr std::size_t kDecimalDigits = 60;

// Text formats
inline constexpr std::size_t kRecordBytes = 256u << 20;  ///< one CSV row or LDIF record
inline constexpr std::size_t kColumns = 4'096;           ///< columns of a CSV file
inline constexpr std::size_t kConfigBytes = 1u << 20;    ///< one file; YAML takes 250 times that
inline constexpr int kConfigIncludes = 100;
inline constexpr int kConfigDepth = 64;
inline constexpr std::size_t kConfigComplaints = 200;  ///< told at a time
inline constexpr std::size_t kConfigRules = 10'000;
inline constexpr std::size_t kConfigNameBytes = 128;  ///< of a name the operator gives

// Expressions
inline constexpr int kExpressionInstructions = 100'000;    ///< Lua VM instructions per evaluation
inline constexpr std::size_t kExpressionBytes = 8u << 20;  ///< Lua heap per evaluator
inline constexpr int kGeneratedTries = 10'000;             ///< numbers tried for one unique value

// Caches and followers of the log
inline constexpr std::size_t kCacheBytes = 64u << 20;  ///< one cache, where nothing else is said
inline constexpr std::chrono::seconds kCacheWait{10};  ///< for another's load, then one's own
inline constexpr std::chrono::milliseconds kStaleness{
    1'000};                                                 ///< behind by more, caches are passed
inline constexpr std::chrono::milliseconds kFollowPoll{5};  ///< between looks at the log
inline constexpr std::size_t kFollowedChanges = 10'000;  ///< told one by one; more clear everything
inline constexpr std::size_t kLeaseChanges = 64;    ///< told apart during one load; more mean all
inline constexpr std::size_t kGarbageBatch = 64;    ///< things removed before readers are looked at
inline constexpr std::size_t kEvictionSteps = 256;  ///< entries passed over to find one to evict
inline constexpr std::size_t kSweepStep = 8;  ///< cleared entries freed for each one that is kept

// A store on a server
inline constexpr int kStoreConnectSeconds = 10;   ///< for a connection to one host
inline constexpr int kStoreSilenceSeconds = 30;   ///< without a sign of life: the server is lost
inline constexpr int kStoreRetrySeconds = 60;     ///< of trying again what a lost server left open
inline constexpr std::size_t kStoreCopied = 256;  ///< objects of a commit: more go by COPY
inline constexpr std::chrono::milliseconds kStoreListen{250};  ///< for a notification, then look
inline constexpr std::int64_t kStoreIdBlock = 65'536;          ///< ids taken at a time

}  // namespace muster::limits
