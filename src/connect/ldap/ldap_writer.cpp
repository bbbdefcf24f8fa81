#include "connect/ldap/ldap_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

#include "base/dn.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/text.h"
#include "connect/ldap/ldap_answer.h"
#include "connect/ldap/ldap_task.h"

namespace muster {

namespace {

constexpr int kBusyTries = 6;  ///< of one request, each twice as long after the one before
constexpr auto kBusyPause = std::chrono::milliseconds(50);

bool is_busy(int code) {
    return code == LDAP_BUSY || code == LDAP_UNAVAILABLE;
}

}  // namespace

LdapWriter::LdapWriter(LdapConnection& connection, const LdapSettings& settings,
                       const LdapServer& server, OperationStream& stream, std::stop_token stop)
    : connection_(connection),
      settings_(settings),
      server_(server),
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
    task->anchor_unknown = operation.new_anchor.empty();
    auto plan = plan_requests(*task->type, operation);
    if (!plan.flaw.empty()) {
        finish(*task, {operation.id, Outcome::Result::refused, {}, "bad-name", plan.flaw});
    } else if (plan.requests.empty()) {
        finish(*task, outcome_of(*task));
    } else {
        task->brought = std::move(plan.brought);
        std::ranges::move(plan.requests, std::back_inserter(task->requests));
        ready_.push_back(std::move(task));
    }
}

LDAPControl* LdapWriter::control_for(const Task& task) const {
    const auto kind = task.requests.front().kind;
    if (kind == LdapRequest::Kind::modify && server_.offers(LDAP_CONTROL_X_PERMISSIVE_MODIFY)) {
        return permissive_.get();
    }
    // RFC 4527: a new entry's anchor comes with the answer to the add.
    if (kind == LdapRequest::Kind::add && server_.offers(LDAP_CONTROL_POST_READ) &&
        task.parent_key.empty()) {
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
    if (const int type = ldap_msgtype(message.get());
        type == LDAP_RES_SEARCH_ENTRY || type == LDAP_RES_SEARCH_REFERENCE) {
        if (type == LDAP_RES_SEARCH_ENTRY) {
            found->second->found = true;
            auto anchor = entry_anchor(connection_, *found->second->type, message.get());
            if (!found->second->doubt) {
                found->second->anchor = std::move(anchor);
            }
        }
        return;  // its end follows
    }
    auto task = std::move(found->second);
    in_flight_.erase(found);
    answered(std::move(task), connection_.result(message.get()));
}

void LdapWriter::answered(TaskPtr task, LdapResult result) {
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
    if (kind == LdapRequest::Kind::look) {
        looked(std::move(task), result.code);
    } else if (result.code == LDAP_SUCCESS && kind == LdapRequest::Kind::add) {
        added(std::move(task), result);
    } else if (result.code == LDAP_SUCCESS ||
               // It is gone, which is what was wanted.
               (kind == LdapRequest::Kind::erase && result.code == LDAP_NO_SUCH_OBJECT)) {
        advance(std::move(task));
    } else {
        refused(std::move(task), std::move(result));
    }
}

/// What refers to a new entry waits for its anchor: where the answer does not bring it (Active
/// Directory), it is read at once.
void LdapWriter::added(TaskPtr task, const LdapResult& result) {
    if (task->parent_key.empty()) {
        task->anchor = post_read_anchor(*task->type, result);
        if (task->anchor.empty() && task->anchor_unknown) {
            auto ask =
                look_at(task->requests.front().dn, "(objectClass=*)", task->type->anchor_attribute);
            ++task->requests_done;
            task->requests.pop_front();
            look(std::move(task), std::move(ask), std::nullopt);
            return;
        }
    }
    advance(std::move(task));
}

void LdapWriter::advance(TaskPtr task) {
    task->requests.pop_front();
    ++task->requests_done;
    go_on(std::move(task));
}

void LdapWriter::go_on(TaskPtr task) {
    task->busy_tries = 0;
    if (!task->requests.empty()) {
        ready_.push_front(std::move(task));
    } else if (task->parent_key.empty()) {
        finish(*task, outcome_of(*task));
    } else {
        parent_done(*task, Parent::State::exists, {});
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
