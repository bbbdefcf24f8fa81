#include "run/value_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace muster {

namespace {

void give(Work& work, AttributeId attribute, std::string_view value) {
    work.resolved.attributes.set(attribute, std::span(&value, 1));
    note_generated(work.resolved, attribute);
}

/// Candidate number `count`. The object has failed where there is none.
void evaluate(Rules& rules, AttributeId attribute, Work& work, int count, std::string& value) {
    if (const auto text = rules.generate(attribute, work.resolved.attributes, count)) {
        value = *text;
    } else {
        work.failed = true;
        work.problem = rules.problem();
    }
}

/// The key by which values of a generated attribute are found; none in schemas without.
KeyId unique_key(const Schema& schema, AttributeId attribute) {
    for (const auto& key : schema.keys()) {
        if (key.use == KeyUse::unique && key.attributes.front() == attribute) {
            return key.id;
        }
    }
    return {};
}

}  // namespace

void ValueGenerator::run(std::span<Work> page) {
    std::map<AttributeId, std::vector<Wish>> wishes;
    for (auto& work : page) {
        if (work.failed || !work.present || work.frozen) {
            continue;
        }
        for (const auto attribute : state_.book.metaverse_type(work.self.type).generated) {
            const auto owner = work.resolved.attributes.first(
                state_.book.configuration().metaverse_attribute(attribute).generate_for);
            if (owner.empty() || work.resolved.attributes.has(attribute)) {
                continue;
            }
            if (must_wait(work.self.type, attribute)) {
                work.awaits_values = true;
            } else {
                auto& wish = wishes[attribute].emplace_back();
                wish.work = &work;
                wish.owner = fold(owner);
                wish.own = own_values(attribute, work);
            }
        }
    }
    for (auto& [attribute, of] : wishes) {
        for (auto& wish : of) {
            wish.first_time = owners_.insert(digest(wish.owner, attribute.value)).second;
        }
        const auto again = std::stable_partition(of.begin(), of.end(),
                                                 [](const Wish& wish) { return wish.first_time; });
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

/// What the joined objects have where the attribute flows to.
std::vector<std::string> ValueGenerator::own_values(AttributeId attribute, const Work& work) const {
    std::vector<std::string> values;
    const auto& schema = state_.step.schema();
    for (const auto& connector : work.connectors) {
        for (const auto& unique : state_.book.connector_type(connector.type).unique) {
            if (schema.key(unique.key).attributes.front() == attribute) {
                matching_values(schema, unique.key, std::span(&unique.attribute, 1),
                                connector.attributes, values);
            }
        }
    }
    return values;
}

/// Whether an object that has a value to be kept, or to be left alone, may still be joined.
bool ValueGenerator::must_wait(TypeId type, AttributeId attribute) const {
    if (!state_.joining || state_.awaiting.empty()) {
        return false;
    }
    const auto& configuration = state_.book.configuration();
    const auto awaited = [this](TypeId of) { return state_.awaiting.contains(of); };
    return std::ranges::any_of(configuration.metaverse_attribute(attribute).generate_keep,
                               [&](AttributeId kept) {
                                   return awaited(state_.step.schema().attribute(kept).owner);
                               }) ||
           std::ranges::any_of(state_.book.metaverse_type(type).outbound, [&](std::uint16_t rule) {
               return awaited(configuration.outbound[rule].target);
           });
}

/// Serves those to whom a value was handed out before; they leave the list. Where somebody else has
/// it by now, because the owner's identifying value has passed on to another, the owner is taken
/// for a new one.
void ValueGenerator::give_reserved(AttributeId attribute, std::vector<Wish>& wishes,
                                   Holdings& holdings) {
    constexpr int kPredecessors = 20;
    std::vector<Wish> rest;
    for (int round = 1; !wishes.empty() && round <= kPredecessors; ++round) {
        std::vector<std::string_view> owners;
        owners.reserve(wishes.size());
        for (const auto& wish : wishes) {
            owners.push_back(wish.owner);
        }
        std::vector<std::string> values;
        state_.view.reservations(attribute, owners, values);
        std::vector<std::string> folded(values.size());
        std::ranges::transform(values, folded.begin(),
                               [](const std::string& value) { return fold(value); });
        std::vector<std::string_view> asked(folded.begin(), folded.end());
        std::erase(asked, std::string_view{});
        ask(attribute, asked, holdings);
        std::vector<Wish> passed_on;
        for (std::size_t i = 0; i < wishes.size(); ++i) {
            if (values[i].empty()) {
                rest.push_back(std::move(wishes[i]));
            } else if (is_free(holdings.at(digest(folded[i], attribute.value)), wishes[i])) {
                give(*wishes[i].work, attribute, values[i]);
            } else {
                auto& wish = passed_on.emplace_back(std::move(wishes[i]));
                wish.owner =
                    fmt::format("{}\x1f{}", wish.owner.substr(0, wish.owner.find('\x1f')), round);
            }
        }
        wishes = std::move(passed_on);
    }
    std::ranges::move(wishes, std::back_inserter(rest));
    wishes = std::move(rest);
}

/// Serves those with an account whose value is to be kept and nobody else has; they leave the list.
void ValueGenerator::give_kept(AttributeId attribute, std::vector<Wish>& wishes,
                               Holdings& holdings) {
    const auto& kept = state_.book.configuration().metaverse_attribute(attribute).generate_keep;
    if (kept.empty()) {
        return;
    }
    struct Offer {
        std::size_t wish;
        std::string value;
        std::string folded;
    };
    std::vector<Offer> offers;  // best first for each
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        for (const auto from : kept) {
            for (const auto& connector : wishes[i].work->connectors) {
                if (connector.type != state_.step.schema().attribute(from).owner) {
                    continue;
                }
                for (const auto value : connector.attributes.values(from)) {
                    if (auto folded = fold(value.text); !is_blank(folded)) {
                        offers.push_back({i, std::string(value.text), std::move(folded)});
                    }
                }
            }
        }
    }
    std::vector<std::string_view> asked;
    asked.reserve(offers.size());
    for (const auto& offer : offers) {
        asked.push_back(offer.folded);
    }
    ask(attribute, asked, holdings);
    std::vector<bool> served(wishes.size());
    for (auto& offer : offers) {
        auto& wish = wishes[offer.wish];
        const auto key = digest(offer.folded, attribute.value);
        if (served[offer.wish] || values_.contains(key) || !is_free(holdings.at(key), wish)) {
            continue;
        }
        served[offer.wish] = true;
        wish.value = std::move(offer.value);
        wish.folded = std::move(offer.folded);
        claim(attribute, wish);
    }
    std::size_t i = 0;
    std::erase_if(wishes, [&](const Wish&) { return served[i++]; });
}

void ValueGenerator::first_candidates(AttributeId attribute, std::vector<Wish>& wishes) {
    state_.workers.run(wishes.size(), [&](Worker& worker, std::size_t begin, std::size_t end) {
        for (auto& wish : std::span(wishes).subspan(begin, end - begin)) {
            evaluate(worker.rules, attribute, *wish.work, wish.count, wish.value);
            wish.folded = fold(wish.value);
            wish.first = wish.folded;
        }
    });
    std::erase_if(wishes, [](const Wish& wish) { return wish.work->failed; });
}

/// As if one wish after the other were served, each asking the store until a candidate is free: but
/// it is asked about the candidates of all at once, until none is left to ask about.
void ValueGenerator::hand_out(AttributeId attribute, std::vector<Wish>& wishes) {
    Holdings holdings;
    give_reserved(attribute, wishes, holdings);
    give_kept(attribute, wishes, holdings);
    first_candidates(attribute, wishes);
    for (auto open = choose(attribute, wishes, holdings); !open.empty();
         open = choose(attribute, wishes, holdings)) {
        ask(attribute, open, holdings);
        if (state_.step.stopping()) {
            throw Error(ErrorCode::cancelled, "stopped while handing out values");
        }
    }
    for (const auto& wish : wishes) {
        if (!wish.work->failed) {
            claim(attribute, wish);
        }
    }
}

bool ValueGenerator::is_free(const Holding& holding, const Wish& wish) {
    return (holding.owner.empty() || holding.owner == wish.owner) && !holding.strange &&
           std::ranges::all_of(holding.people,
                               [&](ObjectId person) { return person == wish.work->id; });
}

/// Brings each wish to its first candidate that is free, as far as is known; returns those of which
/// the store has not been asked.
std::vector<std::string_view> ValueGenerator::choose(AttributeId attribute, std::span<Wish> wishes,
                                                     Holdings& holdings) {
    Pass pass;
    std::vector<std::string_view> open;
    for (auto& wish : wishes) {
        while (!wish.work->failed) {
            const auto key = digest(wish.folded, attribute.value);
            const auto answer = holdings.find(key);
            const bool asked = answer != holdings.end();
            if (!values_.contains(key) && !(asked && !is_free(answer->second, wish))) {
                const bool first = pass.chosen.insert(key).second;
                if (first && !asked) {
                    open.push_back(wish.folded);
                }
                if (first) {
                    pass.reached[digest(wish.first, attribute.value)] = wish.count;
                    break;
                }
                // Nobody before it gets what its own account has; they do not know yet.
                if (!asked && std::ranges::count(wish.own, wish.folded) > 0) {
                    break;
                }
            }
            next_candidate(attribute, wish, pass, holdings);
        }
    }
    return open;
}

namespace {

// Where many have the same first candidate, the others are a sequence of numbers, most of them
// taken: so many are tried one by one, as an expression may have better ideas first, then the
// sequence goes on where it was left.
constexpr int kOneByOne = 16;

}  // namespace

std::string ValueGenerator::fact_name(AttributeId attribute, const Wish& wish) const {
    const auto& schema = state_.step.schema();
    const auto first = digest(wish.first);
    return fmt::format("generated {}.{} {:016x}{:016x}",
                       schema.type(schema.attribute(attribute).owner).name,
                       schema.attribute(attribute).name, first.high, first.low);
}

std::vector<std::pair<std::string, std::string>> ValueGenerator::take_facts() {
    std::vector<std::pair<std::string, std::string>> facts;
    for (const auto& [name, count] : facts_) {
        facts.emplace_back(name, std::to_string(count));
    }
    facts_.clear();
    return facts;
}

/// How far the sequence of a wish has come: in this pass, in this sync, in the syncs before.
int ValueGenerator::reached(AttributeId attribute, const Wish& wish, const Pass& pass) {
    const auto sequence = digest(wish.first, attribute.value);
    if (const auto found = pass.reached.find(sequence);
        found != pass.reached.end() && found->second >= kOneByOne) {
        return found->second;
    }
    const auto [at, unknown] = reached_.emplace(sequence, 0);
    if (unknown) {
        const auto fact = state_.view.meta(fact_name(attribute, wish));
        std::from_chars(fact.data(), fact.data() + fact.size(), at->second);
    }
    return at->second;
}

/// Takes the wish to the candidate of that count, if that is taken: else it is another sequence, or
/// a newer expression, and the wish stays.
void ValueGenerator::skip_to(AttributeId attribute, Wish& wish, int count, const Pass& pass,
                             Holdings& holdings) {
    Wish there = wish;
    there.count = count;
    evaluate(state_.workers.own().rules, attribute, *there.work, count, there.value);
    if (there.work->failed) {
        return;
    }
    there.folded = fold(there.value);
    const auto key = digest(there.folded, attribute.value);
    bool taken = values_.contains(key) || pass.chosen.contains(key);
    if (!taken) {
        const std::string_view asked = there.folded;
        ask(attribute, std::span(&asked, 1), holdings);
        taken = !is_free(holdings.at(key), wish);
    }
    if (taken) {
        wish = std::move(there);
    } else {
        wish.own_way = true;
    }
}

void ValueGenerator::next_candidate(AttributeId attribute, Wish& wish, const Pass& pass,
                                    Holdings& holdings) {
    const auto tried = wish.value;
    if (wish.count >= kOneByOne && !wish.own_way) {
        const int far = reached(attribute, wish, pass);
        if (far > wish.count + 1) {
            skip_to(attribute, wish, far, pass, holdings);
        }
    }
    evaluate(state_.workers.own().rules, attribute, *wish.work, ++wish.count, wish.value);
    if (wish.work->failed) {
        return;
    }
    wish.folded = fold(wish.value);
    if (wish.value == tried || ++wish.tries >= limits::kGeneratedTries) {  // or it is not used
        wish.work->failed = true;
        wish.work->problem = {
            "no-unique-value",
            fmt::format("every value generated for {} belongs to somebody else; the last one "
                        "tried was '{}'. Let the expression use count",
                        state_.step.schema().attribute(attribute).name, tried)};
    }
}

void ValueGenerator::ask(AttributeId attribute, std::span<const std::string_view> values,
                         Holdings& holdings) {
    if (values.empty()) {
        return;
    }
    std::vector<std::string> owners;
    state_.view.reserved(attribute, values, owners);
    for (std::size_t i = 0; i < values.size(); ++i) {
        holdings[digest(values[i], attribute.value)] = {owners[i], {}, false};
    }
    const auto key = unique_key(state_.step.schema(), attribute);
    if (!key) {
        return;
    }
    std::vector<Holding*> places;  // once nothing is added any more
    places.reserve(values.size());
    for (const auto value : values) {
        places.push_back(&holdings.at(digest(value, attribute.value)));
    }
    state_.view.match(key, kMetaverse, values,
                      [&](std::size_t i, ObjectId id) { places[i]->people.push_back(id); });
    ask_targets(key, values, places);
}

/// Who has the values in the systems they flow to.
void ValueGenerator::ask_targets(KeyId key, std::span<const std::string_view> values,
                                 std::span<Holding* const> holdings) {
    std::vector<ObjectId> connectors;
    std::vector<std::size_t> of;
    for (const auto& system : state_.book.configuration().systems) {
        if (state_.view.has_keys(key, system.space)) {
            state_.view.match(key, system.space, values, [&](std::size_t i, ObjectId id) {
                connectors.push_back(id);
                of.push_back(i);
            });
        }
    }
    std::vector<ObjectId> people(connectors.size());
    state_.joined(state_.view, connectors, people);
    for (std::size_t i = 0; i < people.size(); ++i) {
        if (people[i]) {
            holdings[of[i]]->people.push_back(people[i]);
        } else {
            holdings[of[i]]->strange = true;
        }
    }
}

void ValueGenerator::claim(AttributeId attribute, const Wish& wish) {
    values_.insert(digest(wish.folded, attribute.value));
    reservations_.push_back({attribute, wish.value, wish.owner});
    if (wish.count >= kOneByOne) {
        reached_[digest(wish.first, attribute.value)] = wish.count;
        facts_[fact_name(attribute, wish)] = wish.count;
    }
    give(*wish.work, attribute, wish.value);
}

}  // namespace muster
