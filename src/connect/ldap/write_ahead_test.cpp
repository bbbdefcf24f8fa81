#include "connect/ldap/write_ahead.h"

#include <gmock/gmock.h>

#include <deque>
#include <set>
#include <stdexcept>
#include <thread>

#include "base/limits.h"

namespace muster {
namespace {

using ::testing::SizeIs;

Operation numbered(std::uint64_t id) {
    Operation operation;
    operation.id = id;
    return operation;
}

/// Supplies numbered operations with a barrier before every `group`-th; checks what it is promised.
class Supplier : public OperationStream {
 public:
    explicit Supplier(std::uint64_t count, std::uint64_t group = 0)
        : count_(count), group_(group), thread_(std::this_thread::get_id()) {}

    std::optional<Operation> next() override {
        EXPECT_EQ(std::this_thread::get_id(), thread_);
        if (barrier()) {
            EXPECT_THAT(outcomes, SizeIs(supplied)) << "something is unanswered at a barrier";
        }
        if (supplied == fail_at) {
            throw std::runtime_error("the store broke");
        }
        if (supplied == count_) {
            return std::nullopt;
        }
        return numbered(++supplied);
    }
    void outcome(Outcome outcome) override {
        EXPECT_EQ(std::this_thread::get_id(), thread_);
        EXPECT_TRUE(outcomes.insert(outcome.id).second) << "a second outcome";
        unsent += outcome.result == Outcome::Result::unsent ? 1u : 0u;
    }
    bool barrier() override { return group_ != 0 && supplied % group_ == 0; }

    std::uint64_t supplied = 0;
    std::uint64_t fail_at = ~0ull;
    std::set<std::uint64_t> outcomes;
    std::uint64_t unsent = 0;

 private:
    std::uint64_t count_;
    std::uint64_t group_;
    std::thread::id thread_;
};

/// Takes operations as a connector does, with up to eight unanswered; ends after `most`.
std::uint64_t take(OperationStream& stream, std::uint64_t most = ~0ull) {
    std::deque<std::uint64_t> open;
    std::uint64_t taken = 0;
    const auto answer = [&] {
        stream.outcome({open.front(), Outcome::Result::done, {}, {}, {}});
        open.pop_front();
    };
    while (taken < most) {
        if (open.size() == 8 || (stream.barrier() && !open.empty())) {
            answer();
            continue;
        }
        const auto operation = stream.next();
        if (!operation) {
            break;
        }
        open.push_back(operation->id);
        ++taken;
    }
    while (!open.empty()) {
        answer();
    }
    return taken;
}

TEST(WriteAhead, BringsEveryOutcomeBack) {
    for (const auto group : {0ull, 1ull, 3ull, 100ull}) {
        Supplier supplier(5'000, group);
        write_ahead(supplier, [](OperationStream& stream) { take(stream); });
        EXPECT_EQ(supplier.supplied, 5'000u);
        EXPECT_THAT(supplier.outcomes, SizeIs(5'000));
        EXPECT_EQ(supplier.unsent, 0u);
    }
}

TEST(WriteAhead, AnswersForWhatIsNeverTaken) {
    Supplier supplier(5'000);
    write_ahead(supplier, [](OperationStream& stream) { take(stream, 100); });
    EXPECT_THAT(supplier.outcomes, SizeIs(supplier.supplied));
    EXPECT_EQ(supplier.unsent, supplier.supplied - 100);
    EXPECT_LE(supplier.unsent, limits::kOperationsAhead);
}

TEST(WriteAhead, PassesOnWhatEitherSideThrows) {
    Supplier supplier(5'000);
    EXPECT_THROW(write_ahead(supplier,
                             [](OperationStream& stream) {
                                 take(stream, 10);
                                 throw std::logic_error("the directory broke");
                             }),
                 std::logic_error);
    EXPECT_THAT(supplier.outcomes, SizeIs(supplier.supplied));

    Supplier failing(5'000);
    failing.fail_at = 1'000;
    std::uint64_t taken = 0;
    EXPECT_THROW(write_ahead(failing, [&](OperationStream& stream) { taken = take(stream); }),
                 std::runtime_error);
    EXPECT_LE(taken, 1'000u);
}

TEST(WriteAhead, EndsWithAnEmptyStream) {
    Supplier supplier(0);
    write_ahead(supplier, [](OperationStream& stream) { EXPECT_EQ(take(stream), 0u); });
}

}  // namespace
}  // namespace muster
