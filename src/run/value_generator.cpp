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

/// Candidate number n. The object has failed where there is none.
void evaluate(Rules& rules, AttributeId attribute, Work& work, int n, std::string& value) {
    if (const auto text = rules.generate(attribute, work.resolved.attributes, n)) {
        value = *text;
    } else {
        work.failed = true;
        work.problem = rules.problem();
    }
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
                wishes[attribute].push_back({&work, fold(owner), 0, {}, {}});
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

void ValueGenerator::first_candidates(AttributeId attribute, std::vector<Wish>& wishes) {
    state_.workers.run(wishes.size(), [&](Worker& worker, std::size_t begin, std::size_t end) {
        for (auto& wish : std::span(wishes).subspan(begin, end - begin)) {
            evaluate(worker.rules, attribute, *wish.work, wish.n, wish.value);
            wish.folded = fold(wish.value);
        }
    });
    std::erase_if(wishes, [](const Wish& wish) { return wish.work->failed; });
}

/// As if one wish after the other were served, each asking the store until a candidate is free: but
/// it is asked about the candidates of all at once, until none is left to ask about.
void ValueGenerator::hand_out(AttributeId attribute, std::vector<Wish>& wishes) {
    give_reserved(attribute, wishes);
    first_candidates(attribute, wishes);
    Taken taken;
    for (auto open = choose(attribute, wishes, taken); !open.empty();
         open = choose(attribute, wishes, taken)) {
        ask(attribute, open, taken);
    }
    for (const auto& wish : wishes) {
        if (!wish.work->failed) {
            claim(attribute, wish);
        }
    }
}

/// Brings each wish to its first candidate that is free, as far as is known; returns those of which
/// the store has not been asked.
std::vector<std::string_view> ValueGenerator::choose(AttributeId attribute, std::span<Wish> wishes,
                                                     const Taken& taken) {
    boost::unordered_flat_set<Digest> chosen;
    std::vector<std::string_view> open;
    for (auto& wish : wishes) {
        while (!wish.work->failed) {
            const auto key = digest(wish.folded, attribute.value);
            const auto answer = taken.find(key);
            const bool asked = answer != taken.end();
            if (!values_.contains(key) && !(asked && answer->second) && chosen.insert(key).second) {
                if (!asked) {
                    open.push_back(wish.folded);
                }
                break;
            }
            next_candidate(attribute, wish);
        }
    }
    return open;
}

void ValueGenerator::next_candidate(AttributeId attribute, Wish& wish) {
    const auto tried = wish.value;
    evaluate(state_.workers.own().rules, attribute, *wish.work, ++wish.n, wish.value);
    if (wish.work->failed) {
        return;
    }
    wish.folded = fold(wish.value);
    if (wish.value == tried || wish.n >= limits::kGeneratedTries) {  // or n is not used
        wish.work->failed = true;
        wish.work->problem = {
            "no-unique-value",
            fmt::format("every value generated for {} belongs to somebody else; the last one "
                        "tried was '{}'. Let the expression use n",
                        state_.step.schema().attribute(attribute).name, tried)};
    }
}

void ValueGenerator::ask(AttributeId attribute, std::span<const std::string_view> values,
                         Taken& taken) {
    std::vector<std::string> owners;
    state_.view.reserved(attribute, values, owners);
    for (std::size_t i = 0; i < values.size(); ++i) {
        taken.emplace(digest(values[i], attribute.value), !owners[i].empty());
    }
}

void ValueGenerator::claim(AttributeId attribute, const Wish& wish) {
    values_.insert(digest(wish.folded, attribute.value));
    reservations_.push_back({attribute, wish.value, wish.owner});
    give(*wish.work, attribute, wish.value);
}

}  // namespace muster
