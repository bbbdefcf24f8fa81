#include "connect/ldap/adaptive_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace muster {
namespace {

using namespace std::chrono_literals;
using Clock = AdaptiveWindow::Clock;

/// A directory as a queue: every operation spends `distance` on the way, and one after the other
/// `work` in the server.
class SimulatedServer {
 public:
    explicit SimulatedServer(AdaptiveWindow& window) : window_(window) {}

    /// Lets the window send and take `answers`; returns the answers per second.
    double run(int answers, Clock::duration work, Clock::duration distance) {
        const auto start = now_;
        for (int i = 0; i < answers; ++i) {
            while (in_flight_.size() < window_.size()) {
                free_ = std::max(free_, now_ + distance / 2) + work;
                in_flight_.push_back({now_, free_ + distance / 2});
            }
            const auto [sent, done] = in_flight_.front();
            in_flight_.pop_front();
            now_ = std::max(now_, done);
            window_.answered(now_, now_ - sent);
        }
        return answers / std::chrono::duration<double>(now_ - start).count();
    }
    Clock::time_point now() const { return now_; }

 private:
    struct Flight {
        Clock::time_point sent;
        Clock::time_point done;
    };
    AdaptiveWindow& window_;
    Clock::time_point now_{1h};
    Clock::time_point free_{1h};
    std::deque<Flight> in_flight_;
};

TEST(AdaptiveWindow, OpensWhereTheOtherSideIsFarAway) {
    AdaptiveWindow window(1, 64);
    SimulatedServer server(window);
    EXPECT_EQ(window.size(), 4u);
    server.run(5'000, 200us, 20ms);
    EXPECT_EQ(window.size(), 64u);
    // 64 in flight at 20 ms and little work: the limit is the window itself.
    EXPECT_GT(server.run(1'000, 200us, 20ms), 2'900);
}

TEST(AdaptiveWindow, StaysSmallWhereMoreOnlyQueues) {
    AdaptiveWindow window(1, 64);
    SimulatedServer server(window);
    server.run(20'000, 40ms, 0ms);
    EXPECT_LE(window.size(), 8u);
    EXPECT_GT(server.run(1'000, 40ms, 0ms), 24.9);
}

TEST(AdaptiveWindow, HalvesWhenTheOtherSideIsBusyAndComesBack) {
    AdaptiveWindow window(2, 64);
    SimulatedServer server(window);
    server.run(5'000, 200us, 20ms);
    window.busy(server.now());
    EXPECT_EQ(window.size(), 32u);
    for (int i = 0; i < 10; ++i) {
        window.busy(server.now());
    }
    EXPECT_EQ(window.size(), 2u);
    server.run(30'000, 200us, 20ms);
    EXPECT_GT(window.size(), 32u);
}

TEST(AdaptiveWindow, BacksOffWhereAnswersComeLaterAndFewer) {
    AdaptiveWindow window(1, 64);
    SimulatedServer server(window);
    server.run(5'000, 200us, 20ms);
    server.run(400, 20ms, 20ms);
    EXPECT_LT(window.size(), 64u);
}

TEST(AdaptiveWindow, KeepsItsBounds) {
    AdaptiveWindow window(3, 3);
    SimulatedServer server(window);
    server.run(1'000, 200us, 20ms);
    EXPECT_EQ(window.size(), 3u);
    window.busy(server.now());
    EXPECT_EQ(window.size(), 3u);
}

}  // namespace
}  // namespace muster
