#include <algorithm>
#include <iterator>
#include <utility>

#include "base/dn.h"
#include "base/error.h"
#include "connect/ldap/ldap_answer.h"
#include "connect/ldap/ldap_task.h"

namespace muster {

namespace {

/// So many values of one operation may be refused one by one; what is left is not divided further.
constexpr std::size_t kRefusalsOneByOne = 20;

/// A value is refused, or one attribute, and not the entry as a whole.
bool is_about_a_value(int code) {
    return code == LDAP_NO_SUCH_ATTRIBUTE || code == LDAP_UNDEFINED_TYPE ||
           code == LDAP_CONSTRAINT_VIOLATION || code == LDAP_TYPE_OR_VALUE_EXISTS ||
           code == LDAP_INVALID_SYNTAX || code == LDAP_INSUFFICIENT_ACCESS;
}

/// A value to be added may be there already, or one to be removed gone. Active Directory says so of
/// links in words of its own.
bool may_be_so_already(const LdapType& type, const LdapRequest& request, int code) {
    if (code == LDAP_NO_SUCH_ATTRIBUTE || code == LDAP_TYPE_OR_VALUE_EXISTS) {
        return true;
    }
    return (code == LDAP_ALREADY_EXISTS || code == LDAP_UNWILLING_TO_PERFORM) &&
           std::ranges::any_of(request.mods, [&](const LdapMod& mod) {
               return mod.operation != LDAP_MOD_REPLACE && type.refers(mod.attribute);
           });
}

/// Of one attribute all values fare alike.
bool is_about_an_attribute(int code) {
    return code == LDAP_UNDEFINED_TYPE || code == LDAP_INSUFFICIENT_ACCESS;
}

}  // namespace

Outcome LdapWriter::outcome_of(Task& task) {
    Outcome outcome{task.id, Outcome::Result::done, task.anchor, {}, {}};
    outcome.brought = std::move(task.brought);
    outcome.tree = true;
    if (task.refusals > 0) {
        outcome.result = Outcome::Result::refused;
        outcome.code = task.code;
        outcome.message = std::move(task.message);
        outcome.partly = task.requests_done > 0;
    }
    return outcome;
}

void LdapWriter::refused(TaskPtr task, LdapResult result) {
    const auto& request = task->requests.front();
    if (request.kind == LdapRequest::Kind::modify) {
        modify_refused(std::move(task), std::move(result));
    } else if (!may_lack_parent(*task) || result.code == LDAP_ALREADY_EXISTS) {
        settle_refusal(std::move(task), result);
    } else if (result.code != LDAP_NO_SUCH_OBJECT) {
        auto parent =
            request.kind == LdapRequest::Kind::add ? parent_dn(request.dn) : request.new_parent;
        look(std::move(task), look_at(std::move(parent), "(objectClass=*)", "1.1"),
             std::move(result));
    } else if (!wait_for_parent(task)) {
        settle_refusal(std::move(task), result);
    }
}

/// Values are tried in ever smaller sets until what is refused stands alone.
void LdapWriter::modify_refused(TaskPtr task, LdapResult result) {
    auto& requests = task->requests;
    const bool so_already = may_be_so_already(*task->type, requests.front(), result.code);
    if ((so_already || is_about_a_value(result.code)) && task->refusals < kRefusalsOneByOne) {
        std::vector<LdapRequest> parts;
        if (requests.front().mods.size() > 1 || !is_about_an_attribute(result.code)) {
            parts = divide(requests.front());
        }
        if (!parts.empty()) {
            requests.pop_front();
            requests.insert(requests.begin(), std::make_move_iterator(parts.begin()),
                            std::make_move_iterator(parts.end()));
            go_on(std::move(task));
            return;
        }
    }
    const auto& mods = requests.front().mods;
    const bool alone = mods.size() == 1 && mods[0].values.size() == 1;
    if (so_already && alone && mods[0].operation != LDAP_MOD_REPLACE) {
        look(std::move(task), look_for_value(requests.front()), std::move(result));
    } else {
        note_refusal(std::move(task), result);
    }
}

/// Looks at an entry before the task goes on with its first request, to clear up a doubt about it.
void LdapWriter::look(TaskPtr task, LdapRequest look, std::optional<LdapResult> doubt) {
    task->requests.push_front(std::move(look));
    task->found = false;
    task->doubt = std::move(doubt);
    go_on(std::move(task));
}

void LdapWriter::looked(TaskPtr task, int code) {
    task->requests.pop_front();
    if (!task->doubt) {
        go_on(std::move(task));  // where the anchor is not shown, the next import tells it
        return;
    }
    const auto result = std::move(*std::exchange(task->doubt, std::nullopt));
    const auto& request = task->requests.front();
    if (request.kind != LdapRequest::Kind::modify) {
        const bool missing = !task->found && (code == LDAP_NO_SUCH_OBJECT || code == LDAP_SUCCESS);
        if (!missing || !wait_for_parent(task)) {
            settle_refusal(std::move(task), result);
        }
        return;
    }
    const bool adds = request.mods[0].operation == LDAP_MOD_ADD;
    const auto itself = adds ? LDAP_TYPE_OR_VALUE_EXISTS : LDAP_NO_SUCH_ATTRIBUTE;
    // Where the bind may not look, the code that says just this is believed.
    if (code == LDAP_SUCCESS ? task->found == adds : result.code == itself) {
        advance(std::move(task));
    } else {
        note_refusal(std::move(task), result);
    }
}

/// Goes on with what is left of an operation of which a part was refused.
void LdapWriter::note_refusal(TaskPtr task, const LdapResult& result) {
    if (task->refusals++ == 0) {
        task->code = fmt::format("ldap-{}", result.code);
        task->message = refusal_message(task->requests.front(), result);
    } else if (task->refusals <= kRefusalsOneByOne) {
        task->message += "; " + refusal_message(task->requests.front(), result);
    }
    task->requests.pop_front();
    go_on(std::move(task));
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
    outcome.tree = true;
    finish(*task, std::move(outcome));
}

/// Whether a refused request may be for want of a parent that could be created.
bool LdapWriter::may_lack_parent(const Task& task) const {
    const auto& request = task.requests.front();
    const bool has_parent =
        request.kind == LdapRequest::Kind::add ||
        (request.kind == LdapRequest::Kind::rename && !request.new_parent.empty());
    return has_parent && task.type->create_parents && !task.parent_ensured;
}

/// Where a new entry, or a moved one, has no parent to go to: creates the parent, once for all that
/// wait for it. False where that cannot help.
bool LdapWriter::wait_for_parent(TaskPtr& task) {
    const auto& request = task->requests.front();
    const bool is_add = request.kind == LdapRequest::Kind::add;
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
    auto add = plan_parent(dn, server_.active_directory);
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

}  // namespace muster
