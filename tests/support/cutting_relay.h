#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace muster::testing {

/// A TCP relay on loopback between a client and a server that takes turns, as a database client
/// does, which cuts the connection at a chosen moment of a chosen turn, once.
class CuttingRelay {
 public:
    enum class Moment : std::uint8_t {
        request_lost,  ///< nothing of the request reaches the server
        request_torn,  ///< a part of it does
        answer_lost,   ///< all of it does; the answer is dropped
    };

    explicit CuttingRelay(int server_port);
    ~CuttingRelay();
    CuttingRelay(const CuttingRelay&) = delete;
    CuttingRelay& operator=(const CuttingRelay&) = delete;

    int port() const { return port_; }
    /// Cuts in the turn-th request from now (from 1), after `also` has run.
    void arm(int turn, Moment moment, std::function<void()> also = {});
    /// Whether the cut has come.
    bool cut() const { return armed_turn_ == 0; }

 private:
    void accept_all();
    void relay(int client);
    bool from_client(int server, std::vector<char>& bytes, std::size_t size, bool new_turn);
    bool cuts_answer();
    void strike();

    const int server_port_;
    int port_ = 0;
    int listener_ = -1;
    std::atomic<bool> closing_ = false;
    std::atomic<int> armed_turn_ = 0;
    std::atomic<int> turn_ = 0;
    std::atomic<Moment> moment_ = Moment::request_lost;
    std::function<void()> also_;
    std::thread acceptor_;
    std::mutex mutex_;
    std::vector<std::thread> relays_;
};

}  // namespace muster::testing
