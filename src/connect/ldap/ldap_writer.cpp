#include "connect/ldap/ldap_writer.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

#include "base/dn.h"
#include "base/error.h"
#include "base/fault.h"
#include "connect/ldap/ldap_answer.h"

namespace muster {

namespace {

constexpr int kBusyTries = 6;  ///< of one request, each twice as long after the one before
constexpr auto kBusyPause = std::chrono::milliseconds(50);

bool is_busy(int code) {
    return code == LDAP_BUSY || code == LDAP_UNAVAILABLE;
}

}  // namespace

struct LdapWriter::Task {
    std::uint64_t id = 0;
    const LdapType* type = nullptr;
    Operation::Kind kind = Operation::Kind::create;
    std::string parent_key;            ///< of a parent being created; empty for an operation
    std::deque<LdapRequest> requests;  ///< the first one is to be sent, or in flight
    bool permissive = false;           ///< the first request was refused as already done in part
    bool parent_ensured = false;       ///< the parent was missing once
    std::size_t requests_done = 0;
    int busy_tries = 0;
    Clock::time_point sent;  ///< or, while delayed, when it may be sent again
    std::string anchor;      ///< as the answer to the add tells it
};

Outcome LdapWriter::done(const Task& task) {
    return {task.id, Outcome::Result::done, task.anchor, {}, {}};
}

LdapWriter::LdapWriter(LdapConnection& connection, const LdapSettings& settings,
                       LdapFeatures features, OperationStream& stream, std::stop_token stop)
    : connection_(connection),
      settings_(settings),
      features_(features),
      stream_(stream),
      stop_(std::move(stop)),
      window_(settings.endpoint.window_least, settings.endpoint.window_most),
      permissive_(permissive_modify_control()) {
    for (const auto& type : settings_.types) {
        post_reads_.push_back(post_read_control(type.anchor_attribute));
    }
}

LdapWriter::~LdapWriter() = default;

void LdapWriter::run() {
    while (!lost_ && (taking_ || open_ > 0)) {
        resume_delayed();
        fill();
        if (!lost_ && open_ > 0) {
            receive();
        }
    }
    if (lost_) {
        lose_connection();
    }
    MUSTER_ASSERT(open_ == 0, "{} operations without an outcome", open_);
}

void LdapWriter::fill() {
    while (!lost_ && in_flight_.size() < window_.size()) {
        if (!ready_.empty()) {
            auto task = std::move(ready_.front());
            ready_.pop_front();
            send(std::move(task));
            continue;
        }
        taking_ = taking_ && !stop_.stop_requested();
        if (!taking_ || (stream_.barrier() && open_ > 0)) {
            return;
        }
        if (const auto operation = stream_.next()) {
            accept(*operation);
        } else {
            taking_ = false;
        }
    }
}

void LdapWriter::accept(const Operation& operation) {
    ++open_;
    auto task = std::make_unique<Task>();
    task->id = operation.id;
    task->type = &settings_.type(operation.type);
    task->kind = operation.kind;
    auto plan = plan_requests(*task->type, operation);
    if (!plan.flaw.empty()) {
        finish(*task, {operation.id, Outcome::Result::refused, {}, "bad-name", plan.flaw});
    } else if (plan.requests.empty()) {
        finish(*task, done(*task));
    } else {
        std::ranges::move(plan.requests, std::back_inserter(task->requests));
        ready_.push_back(std::move(task));
    }
}

LDAPControl* LdapWriter::control_for(const Task& task) const {
    const auto kind = task.requests.front().kind;
    if (kind == LdapRequest::Kind::modify && task.permissive) {
        return permissive_.get();
    }
    if (kind == LdapRequest::Kind::add && features_.post_read && task.parent_key.empty()) {
        return post_reads_[static_cast<std::size_t>(task.type - settings_.types.data())].get();
    }
    return nullptr;
}

void LdapWriter::send(TaskPtr task) {
    fault::point("ldap.send");
    const auto id = send_request(connection_.handle(), task->requests.front(), control_for(*task));
    fault::point("ldap.sent");
    if (!id) {
        lost_ = true;
        ready_.push_front(std::move(task));
        return;
    }
    task->sent = Clock::now();
    in_flight_.emplace(*id, std::move(task));
}

void LdapWriter::receive() {
    std::optional<Clock::time_point> until;
    for (const auto& task : delayed_) {
        until = std::min(until.value_or(task->sent), task->sent);
    }
    if (in_flight_.empty()) {
        std::this_thread::sleep_until(until.value_or(Clock::now()));
        return;
    }
    LdapSilence silence{};
    // Once stopped, what is in flight is still waited for, up to the timeout.
    const auto message =
        connection_.wait(LDAP_RES_ANY, taking_ ? stop_ : std::stop_token{}, silence, until);
    if (!message) {
        lost_ = silence == LdapSilence::broken;
        return;
    }
    fault::point("ldap.answer");
    const auto found = in_flight_.find(ldap_msgid(message.get()));
    if (found == in_flight_.end()) {
        return;  // an unsolicited notification; the connection's end shows by itself
    }
    auto task = std::move(found->second);
    in_flight_.erase(found);
    answered(std::move(task), connection_.result(message.get()));
}

void LdapWriter::answered(TaskPtr task, const LdapResult& result) {
    const auto now = Clock::now();
    if (is_busy(result.code)) {
        window_.busy(now);
        if (++task->busy_tries < kBusyTries) {
            delay(std::move(task));
            return;
        }
    } else {
        window_.answered(now, now - task->sent);
    }
    const auto kind = task->requests.front().kind;
    if (result.code == LDAP_SUCCESS) {
        if (kind == LdapRequest::Kind::add && task->parent_key.empty()) {
            task->anchor = post_read_anchor(*task->type, result);
        }
        advance(std::move(task));
    } else if (kind == LdapRequest::Kind::erase && result.code == LDAP_NO_SUCH_OBJECT) {
        advance(std::move(task));  // it is gone, which is what was wanted
    } else if (!tolerate(task, result.code) &&
               !(result.code == LDAP_NO_SUCH_OBJECT && wait_for_parent(task))) {
        settle_refusal(std::move(task), result);
    }
}

void LdapWriter::advance(TaskPtr task) {
    task->requests.pop_front();
    task->permissive = false;
    task->busy_tries = 0;
    ++task->requests_done;
    if (!task->requests.empty()) {
        ready_.push_front(std::move(task));
    } else if (task->parent_key.empty()) {
        finish(*task, done(*task));
    } else {
        parent_done(*task, Parent::State::exists, {});
    }
}

/// A value to be added that is there already, or one to be removed that is gone, is what was
/// wanted. Servers that can overlook such values in one step (OpenLDAP, Active Directory) are asked
/// to; for others the request is divided until the values in question stand alone. False where the
/// answer is none of this.
bool LdapWriter::tolerate(TaskPtr& task, int code) {
    auto& requests = task->requests;
    if (requests.front().kind != LdapRequest::Kind::modify ||
        (code != LDAP_TYPE_OR_VALUE_EXISTS && code != LDAP_NO_SUCH_ATTRIBUTE)) {
        return false;
    }
    if (!task->permissive) {
        task->permissive = true;
        ready_.push_front(std::move(task));
        return true;
    }
    auto parts = divide(requests.front());
    if (parts.empty()) {
        advance(std::move(task));
        return true;
    }
    requests.pop_front();
    task->permissive = false;
    requests.insert(requests.begin(), std::make_move_iterator(parts.begin()),
                    std::make_move_iterator(parts.end()));
    ready_.push_front(std::move(task));
    return true;
}

void LdapWriter::settle_refusal(TaskPtr task, const LdapResult& result) {
    const auto& request = task->requests.front();
    if (!task->parent_key.empty()) {
        const bool there = result.code == LDAP_ALREADY_EXISTS;
        parent_done(*task, there ? Parent::State::exists : Parent::State::failed,
                    fmt::format("{}: {}", request.dn, result.text()));
        return;
    }
    Outcome outcome{task->id,
                    Outcome::Result::refused,
                    {},
                    fmt::format("ldap-{}", result.code),
                    refusal_message(request, result)};
    if (task->kind == Operation::Kind::create && task->requests_done > 0) {
        // It exists, but not with all its values: reading it shows what is left to do.
        outcome.result = Outcome::Result::unknown;
        outcome.anchor = task->anchor;
    }
    finish(*task, std::move(outcome));
}

/// Where a new entry, or a moved one, has no parent to go to: creates the parent, once for all that
/// wait for it. False where that cannot help.
bool LdapWriter::wait_for_parent(TaskPtr& task) {
    const auto& request = task->requests.front();
    const bool is_add = request.kind == LdapRequest::Kind::add;
    if (!task->type->create_parents || task->parent_ensured ||
        (!is_add && request.kind != LdapRequest::Kind::rename)) {
        return false;
    }
    const auto dn = is_add ? parent_dn(request.dn) : request.new_parent;
    const auto key = normalize_dn(dn);
    if (dn.empty()) {
        return false;
    }
    task->parent_ensured = true;
    if (!parents_.contains(key)) {
        create_parent(dn, key, *task->type);
    }
    auto& parent = parents_[key];
    if (parent.state == Parent::State::creating) {
        parent.waiting.push_back(std::move(task));
    } else if (parent.state == Parent::State::exists) {
        ready_.push_front(std::move(task));
    } else {
        return false;
    }
    return true;
}

void LdapWriter::create_parent(const std::string& dn, const std::string& key,
                               const LdapType& type) {
    auto& parent = parents_[key];
    auto add = plan_parent(dn, same_attribute(type.anchor_attribute, "objectGUID"));
    if (!add) {
        parent.state = Parent::State::failed;
        return;
    }
    auto task = std::make_unique<Task>();
    task->type = &type;
    task->parent_key = key;
    task->requests.push_back(std::move(*add));
    ready_.push_front(std::move(task));
}

void LdapWriter::parent_done(const Task& task, Parent::State state, const std::string& why) {
    auto& parent = parents_[task.parent_key];
    parent.state = state;
    for (auto& waiting : std::exchange(parent.waiting, {})) {
        if (state == Parent::State::exists) {
            ready_.push_back(std::move(waiting));
        } else if (!waiting->parent_key.empty()) {
            parent_done(*waiting, state, why);
        } else {
            finish(*waiting, {waiting->id,
                              Outcome::Result::refused,
                              {},
                              "no-parent",
                              "its parent cannot be created: " + why});
        }
    }
}

void LdapWriter::delay(TaskPtr task) {
    task->sent = Clock::now() + kBusyPause * (1 << task->busy_tries);
    delayed_.push_back(std::move(task));
}

void LdapWriter::resume_delayed() {
    const auto now = Clock::now();
    for (auto& task : delayed_) {
        if (task->sent <= now) {
            ready_.push_back(std::move(task));
        }
    }
    std::erase(delayed_, nullptr);
}

void LdapWriter::finish(const Task& task, Outcome outcome) {
    MUSTER_ASSERT(task.parent_key.empty(), "{}", task.parent_key);
    --open_;
    stream_.outcome(std::move(outcome));
    fault::point("ldap.outcome");
}

void LdapWriter::lose(const Task& task, bool in_flight, const std::string& why) {
    if (!task.parent_key.empty()) {
        return;
    }
    if (in_flight || task.requests_done > 0) {
        finish(task, {task.id, Outcome::Result::unknown, task.anchor, "connection",
                      "the connection broke before the answer came: " + why});
    } else {
        finish(task, {task.id,
                      Outcome::Result::unsent,
                      {},
                      "connection",
                      "the connection broke before it was sent: " + why});
    }
}

void LdapWriter::lose_connection() {
    const auto why = connection_.trouble();
    for (const auto& [id, task] : in_flight_) {
        lose(*task, true, why);
    }
    for (const auto& task : ready_) {
        lose(*task, false, why);
    }
    for (const auto& task : delayed_) {
        lose(*task, false, why);
    }
    for (const auto& [key, parent] : parents_) {
        for (const auto& task : parent.waiting) {
            lose(*task, false, why);
        }
    }
}

}  // namespace muster
