#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "connect/connector.h"
#include "connect/ldap/adaptive_window.h"
#include "connect/ldap/ldap_connection.h"
#include "connect/ldap/ldap_request.h"
#include "connect/ldap/ldap_server.h"
#include "connect/ldap/ldap_settings.h"

namespace muster {

/// Connector::write: streams operations through one connection with many in flight. An operation is
/// a task: one or more requests, one after the other. A task is, at any time, in exactly one place:
/// ready to be sent, in flight, delayed (the server was busy), or waiting for a parent entry that
/// is being created. Parents are tasks of ours, without an operation.
///
/// Where an answer leaves something open, the task looks at the entry before it goes on: for the
/// anchor that the answer to an add did not bring, for a value that may be there (or gone) already,
/// for a parent that may be missing. A refused modification is divided until what is refused stands
/// alone; the rest goes through.
class LdapWriter {
 public:
    /// `settings` are adapted to the server; both outlive the writer.
    LdapWriter(LdapConnection& connection, const LdapSettings& settings, const LdapServer& server,
               OperationStream& stream, std::stop_token stop);
    ~LdapWriter();

    /// Runs to the end of the stream, a stop, or the loss of the connection; everything taken has
    /// its outcome then.
    void run();

 private:
    using Clock = LdapConnection::Clock;
    struct Task;
    using TaskPtr = std::unique_ptr<Task>;

    /// A parent entry that some task found missing.
    struct Parent {
        enum class State : std::uint8_t { creating, exists, failed };
        State state = State::creating;
        std::string why;               ///< failed: the server's words
        std::vector<TaskPtr> waiting;  ///< while creating
    };

    void fill();
    void accept(const Operation& operation);
    void send(TaskPtr task);
    void receive();
    void resume_delayed();

    void answered(TaskPtr task, LdapResult result);
    void added(TaskPtr task, const LdapResult& result);
    void advance(TaskPtr task);
    void go_on(TaskPtr task);
    void refused(TaskPtr task, LdapResult result);
    void modify_refused(TaskPtr task, LdapResult result);
    void look(TaskPtr task, LdapRequest look, std::optional<LdapResult> doubt);
    void looked(TaskPtr task, int code);
    void note_refusal(TaskPtr task, const LdapResult& result);
    void settle_refusal(TaskPtr task, const LdapResult& result);
    bool may_lack_parent(const Task& task) const;
    bool wait_for_parent(TaskPtr& task);
    void create_parent(const std::string& dn, const std::string& key, const LdapType& type);
    void parent_done(const Task& task, Parent::State state, const std::string& why);
    void delay(TaskPtr task);
    void finish(const Task& task, Outcome outcome);
    void lose_connection();
    void lose(const Task& task, bool in_flight, const std::string& why);
    static Outcome outcome_of(Task& task);
    LDAPControl* control_for(const Task& task) const;

    LdapConnection& connection_;
    const LdapSettings& settings_;
    const LdapServer& server_;
    OperationStream& stream_;
    std::stop_token stop_;
    AdaptiveWindow window_;
    LdapControl permissive_;
    std::vector<LdapControl> post_reads_;  ///< by position of the type

    std::deque<TaskPtr> ready_;
    boost::unordered_flat_map<int, TaskPtr> in_flight_;  ///< by message id
    std::vector<TaskPtr> delayed_;
    boost::unordered_flat_map<std::string, Parent> parents_;  ///< by normalised DN
    std::size_t open_ = 0;  ///< operations taken and not yet answered for
    bool taking_ = true;    ///< from the stream
    bool lost_ = false;     ///< the connection
};

}  // namespace muster
