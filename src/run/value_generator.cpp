#include "run/value_generator.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster {

namespace {

void give(Work& work, AttributeId attribute, std::string_view value) {
    work.resolved.attributes.set(attribute, std::span(&value, 1));
    note_generated(work.resolved, attribute);
}

/// Candidate number n; nothing: the object has failed.
std::optional<std::string> candidate(Rules& rules, AttributeId attribute, Work& work, int n) {
    const auto value = rules.generate(attribute, work.resolved.attributes, n);
    if (!value) {
        work.failed = true;
        work.problem = rules.problem();
        return std::nullopt;
    }
    return std::string(*value);
}

}  // namespace

void ValueGenerator::run(std::span<Work> page) {
    std::map<AttributeId, std::vector<Wish>> wishes;
    for (auto& work : page) {
        if (work.failed || !work.present) {
            continue;
        }
        for (const auto attribute : state_.book.metaverse_type(work.self.type).generated) {
            const auto owner = work.resolved.attributes.first(
                state_.book.configuration().metaverse_attribute(attribute).generate_for);
            if (!owner.empty() && !work.resolved.attributes.has(attribute)) {
                wishes[attribute].push_back({&work, fold(owner)});
            }
        }
    }
    for (auto& [attribute, of] : wishes) {
        const auto first_time = [&](const Wish& wish) {
            return owners_.insert(digest(wish.owner, attribute.value)).second;
        };
        const auto again = std::stable_partition(of.begin(), of.end(), first_time);
        std::vector<Wish> repeated(std::make_move_iterator(again),
                                   std::make_move_iterator(of.end()));
        of.erase(again, of.end());
        hand_out(attribute, of);
        if (!repeated.empty()) {  // one owner twice: what it has must be visible
            ChangeSet reserved = state_.step.changes();
            reserved.reservations = take();
            state_.committer.submit(std::move(reserved));
            state_.committer.drain();
            hand_out(attribute, repeated);
        }
    }
}

/// Serves those to whom a value was handed out before; they leave the list.
void ValueGenerator::give_reserved(AttributeId attribute, std::vector<Wish>& wishes) {
    std::vector<std::string_view> owners;
    owners.reserve(wishes.size());
    for (const auto& wish : wishes) {
        owners.push_back(wish.owner);
    }
    std::vector<std::string> values;
    state_.view.reservations(attribute, owners, values);
    std::vector<Wish> rest;
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        if (values[i].empty()) {
            rest.push_back(std::move(wishes[i]));
        } else {
            give(*wishes[i].work, attribute, values[i]);
        }
    }
    wishes = std::move(rest);
}

std::vector<std::string> ValueGenerator::first_candidates(AttributeId attribute,
                                                          std::vector<Wish>& wishes) {
    std::vector<std::string> candidates(wishes.size());
    state_.workers.run(wishes.size(), [&](Worker& worker, std::size_t begin, std::size_t end) {
        for (auto i = begin; i < end; ++i) {
            if (auto value = candidate(worker.rules, attribute, *wishes[i].work, 0)) {
                candidates[i] = std::move(*value);
            }
        }
    });
    std::size_t i = 0;
    std::erase_if(candidates, [&](const std::string&) { return wishes[i++].work->failed; });
    std::erase_if(wishes, [](const Wish& wish) { return wish.work->failed; });
    return candidates;
}

void ValueGenerator::hand_out(AttributeId attribute, std::vector<Wish>& wishes) {
    give_reserved(attribute, wishes);
    auto candidates = first_candidates(attribute, wishes);
    std::vector<std::string> folded;
    folded.reserve(candidates.size());
    for (const auto& value : candidates) {
        folded.push_back(fold(value));
    }
    const std::vector<std::string_view> asked(folded.begin(), folded.end());
    std::vector<std::string> owners;
    state_.view.reserved(attribute, asked, owners);
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        if (!owners[i].empty() || !claim(attribute, wishes[i], candidates[i])) {
            search(attribute, wishes[i], std::move(candidates[i]));
        }
    }
}

/// Whether this sync or one before has handed out a value.
bool ValueGenerator::is_taken(AttributeId attribute, const std::string& folded) {
    if (values_.contains(digest(folded, attribute.value))) {
        return true;
    }
    const std::string_view asked = folded;
    std::vector<std::string> owners;
    state_.view.reserved(attribute, std::span(&asked, 1), owners);
    return !owners.front().empty();
}

/// Hands out a value that nobody had before this sync; false where the sync has given it away.
bool ValueGenerator::claim(AttributeId attribute, const Wish& wish, const std::string& value) {
    if (!values_.insert(digest(fold(value), attribute.value)).second) {
        return false;
    }
    reservations_.push_back({attribute, value, wish.owner});
    give(*wish.work, attribute, value);
    return true;
}

/// Tries one number after the other until a value is free.
void ValueGenerator::search(AttributeId attribute, const Wish& wish, std::string tried) {
    for (int n = 1; n < limits::kGeneratedTries; ++n) {
        const auto value = candidate(state_.workers.own().rules, attribute, *wish.work, n);
        if (!value) {
            return;
        }
        if (*value == tried) {
            break;  // the expression does not use n
        }
        if (!is_taken(attribute, fold(*value)) && claim(attribute, wish, *value)) {
            return;
        }
        tried = *value;
    }
    wish.work->failed = true;
    wish.work->problem = {"no-unique-value",
                          fmt::format("every value generated for {} belongs to somebody else; the "
                                      "last one tried was '{}'. Let "
                                      "the expression use n",
                                      state_.step.schema().attribute(attribute).name, tried)};
}

}  // namespace muster
