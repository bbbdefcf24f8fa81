#pragma once

#include <deque>
#include <optional>
#include <string>

#include "connect/ldap/ldap_writer.h"

namespace muster {

/// An operation on its way, or a parent entry that is being created.
struct LdapWriter::Task {
    std::uint64_t id = 0;
    const LdapType* type = nullptr;
    Operation::Kind kind = Operation::Kind::create;
    std::string parent_key;            ///< of a parent being created; empty for an operation
    std::deque<LdapRequest> requests;  ///< the first one is to be sent, or in flight
    bool parent_ensured = false;       ///< the parent was missing once
    std::size_t requests_done = 0;
    int busy_tries = 0;
    Clock::time_point sent;            ///< or, while delayed, when it may be sent again
    bool anchor_unknown = true;        ///< until the directory tells it
    std::string anchor;                ///< as the answer to the add, or a look after it, tells it
    std::vector<ValueChange> brought;  ///< by a rename

    // A look at an entry.
    bool found = false;               ///< the entry looked for is there
    std::optional<LdapResult> doubt;  ///< the refusal that it is to clear up; none: the anchor

    // Of a modification that was divided.
    std::size_t refusals = 0;
    std::string code;     ///< of the first one
    std::string message;  ///< of all
};

}  // namespace muster
