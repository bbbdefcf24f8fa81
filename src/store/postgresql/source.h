#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/postgresql/connection.h"

namespace muster::postgresql {

/// Connections that views gave back, for the next ones. Thread-safe.
class ConnectionPool {
 public:
    explicit ConnectionPool(std::string url) : url_(std::move(url)) {}
    std::unique_ptr<Connection> take();
    void give_back(std::unique_ptr<Connection> connection);
    const std::string& url() const { return url_; }

 private:
    const std::string url_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

/// Where a view asks. One question is one statement, hence one state of the store.
class Source {
 public:
    virtual ~Source() = default;
    virtual Result ask(const std::string& sql, const Parameters& parameters) = 0;
    /// Every row of a query without parameters. More may be asked within `each`.
    virtual void stream(const std::string& query, const std::function<void(const Row&)>& each) = 0;
    /// Whether it can keep to the state of the next question until release().
    virtual bool hold() { return false; }
    virtual void release() {}
};

/// Connections of its own: a second one only where something is asked within a stream. What a lost
/// server left unanswered is asked again, for limits::kStoreRetrySeconds; not what was answered in
/// part.
class OwnSource final : public Source {
 public:
    explicit OwnSource(std::shared_ptr<ConnectionPool> pool);
    ~OwnSource() override;
    Result ask(const std::string& sql, const Parameters& parameters) override;
    void stream(const std::string& query, const std::function<void(const Row&)>& each) override;
    bool hold() override;
    void release() override;

 private:
    template <class Work>
    auto with_connection(const Work& work);

    std::shared_ptr<ConnectionPool> pool_;
    std::vector<std::unique_ptr<Connection>> free_;
    std::unique_ptr<Connection> held_;  // inside a transaction that keeps to one state
};

/// A connection inside a transaction: of a preview, shared with its writer and other views, or of a
/// check. Streams collect their rows
/// first, so that callbacks never run under the mutex.
class SharedSource final : public Source {
 public:
    SharedSource(Connection& connection, std::mutex& mutex)
        : connection_(connection), mutex_(mutex) {}
    Result ask(const std::string& sql, const Parameters& parameters) override;
    void stream(const std::string& query, const std::function<void(const Row&)>& each) override;

 private:
    Connection& connection_;
    std::mutex& mutex_;
};

}  // namespace muster::postgresql
