#include "store/postgresql/source.h"

#include "store/postgresql/patience.h"

namespace muster::postgresql {
namespace {

constexpr std::size_t kIdleConnections = 8;

}  // namespace

std::unique_ptr<Connection> ConnectionPool::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
    }
    return std::make_unique<Connection>(url_, Connection::Purpose::rows);
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
    if (!connection->alive())
        return;
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleConnections)
        idle_.push_back(std::move(connection));
}

OwnSource::OwnSource(std::shared_ptr<ConnectionPool> pool) : pool_(std::move(pool)) {
    free_.push_back(pool_->take());
}

OwnSource::~OwnSource() {
    release();
    for (auto& connection : free_)
        pool_->give_back(std::move(connection));
}

template <class Work>
auto OwnSource::with_connection(const Work& work) {
    std::unique_ptr<Connection> connection;
    if (free_.empty()) {
        connection = pool_->take();
    } else {
        connection = std::move(free_.back());
        free_.pop_back();
    }
    struct Return {
        OwnSource& source;
        std::unique_ptr<Connection>& connection;
        ~Return() { source.free_.push_back(std::move(connection)); }
    };
    const Return back{*this, connection};
    Patience patience;
    for (;;) {
        try {
            if (!connection->alive())
                connection->reconnect();
            return work(*connection);
        } catch (const ServerError& error) {
            if (!error.lost() || !patience.wait())
                throw;
            connection->drop();
        }
    }
}

/// What is asked while a state is held is asked once: on another connection it is gone.
bool OwnSource::hold() {
    if (held_)
        return false;
    with_connection([](Connection& connection) {
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    });
    held_ = std::move(free_.back());
    free_.pop_back();
    return true;
}

void OwnSource::release() {
    if (!held_)
        return;
    try {
        if (held_->alive())
            held_->execute("ROLLBACK");
    } catch (const ServerError&) {
        held_->drop();
    }
    free_.push_back(std::move(held_));
}

Result OwnSource::ask(const std::string& sql, const Parameters& parameters) {
    if (held_)
        return held_->ask(sql, parameters);
    return with_connection([&](Connection& connection) { return connection.ask(sql, parameters); });
}

void OwnSource::stream(const std::string& query, const std::function<void(const Row&)>& each) {
    if (held_) {
        for (const std::string& bytes : held_->copy_all(query))
            each(Row(bytes));
        return;
    }
    std::optional<Error> broken_off;
    with_connection([&](Connection& connection) {
        std::uint64_t rows = 0;
        try {
            connection.copy_out(query, [&](const Row& row) {
                ++rows;
                each(row);
            });
        } catch (const ServerError& error) {
            if (rows == 0)
                throw;
            broken_off.emplace(error.code(), error.what(), error.cure());
        }
    });
    if (broken_off)
        throw Error(*broken_off);
}

Result SharedSource::ask(const std::string& sql, const Parameters& parameters) {
    const std::lock_guard lock(mutex_);
    return connection_.ask(sql, parameters);
}

void SharedSource::stream(const std::string& query, const std::function<void(const Row&)>& each) {
    std::vector<std::string> kept;
    {
        const std::lock_guard lock(mutex_);
        kept = connection_.copy_all(query);
    }
    for (const std::string& bytes : kept)
        each(Row(bytes));
}

}  // namespace muster::postgresql
