#include "support/cutting_relay.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "support/loopback.h"

namespace muster::testing {

namespace {

constexpr int kLookMs = 20;  // for the end, between data

bool send_all(int socket, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t sent = ::send(socket, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

}  // namespace

CuttingRelay::CuttingRelay(int server_port) : server_port_(server_port), port_(free_port()) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const auto address = loopback(port_);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 16) != 0) {
        throw std::runtime_error("cannot listen on loopback");
    }
    acceptor_ = std::thread([this] { accept_all(); });
}

CuttingRelay::~CuttingRelay() {
    closing_ = true;
    acceptor_.join();
    for (auto& one : relays_) {
        one.join();
    }
    ::close(listener_);
}

void CuttingRelay::arm(int turn, Moment moment, std::function<void()> also) {
    also_ = std::move(also);
    moment_ = moment;
    turn_ = 0;
    armed_turn_ = turn;
}

void CuttingRelay::accept_all() {
    while (!closing_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, kLookMs) > 0) {
            const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            const std::lock_guard lock(mutex_);
            relays_.emplace_back([this, client] { relay(client); });
        }
    }
}

void CuttingRelay::strike() {
    armed_turn_ = 0;
    if (also_) {
        also_();
    }
}

/// False where the connection is to be cut.
bool CuttingRelay::from_client(int server, std::vector<char>& bytes, std::size_t size,
                               bool new_turn) {
    const int turn = new_turn ? ++turn_ : turn_.load();
    if (armed_turn_ == 0 || turn != armed_turn_ || moment_ == Moment::answer_lost) {
        return send_all(server, bytes.data(), size);
    }
    if (moment_ == Moment::request_torn) {
        send_all(server, bytes.data(), size / 2);
    }
    strike();
    return false;
}

bool CuttingRelay::cuts_answer() {
    if (armed_turn_ == 0 || turn_ != armed_turn_ || moment_ != Moment::answer_lost) {
        return false;
    }
    strike();
    return true;
}

void CuttingRelay::relay(int client) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(server_port_);
    bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    std::vector<char> bytes(64u << 10);
    bool server_spoke = true;
    while (open && !closing_) {
        pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
        if (::poll(both, 2, kLookMs) <= 0) {
            continue;
        }
        if (both[0].revents != 0) {
            const ssize_t size = ::recv(client, bytes.data(), bytes.size(), 0);
            open = size > 0 &&
                   from_client(server, bytes, static_cast<std::size_t>(size), server_spoke);
            server_spoke = false;
        }
        if (open && both[1].revents != 0) {
            const ssize_t size = ::recv(server, bytes.data(), bytes.size(), 0);
            open = size > 0 && !cuts_answer() &&
                   send_all(client, bytes.data(), static_cast<std::size_t>(size));
            server_spoke = true;
        }
    }
    ::close(client);
    ::close(server);
}

}  // namespace muster::testing
