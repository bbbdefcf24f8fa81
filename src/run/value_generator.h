#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "run/resolve_page.h"

namespace muster {

/// Hands out generated unique values, one metaverse object after the other in order of id: the
/// first asked gets the first number. What was once handed to an owner is handed to it again.
class ValueGenerator {
 public:
    explicit ValueGenerator(SyncState& state) : state_(state) {}

    /// Gives every resolved object of a page the generated values it lacks; what finds none fails.
    void run(std::span<Work> page);
    /// The reservations since the last call, to be written with the page.
    std::vector<Reservation> take() { return std::exchange(reservations_, {}); }

 private:
    struct Wish {
        Work* work = nullptr;
        std::string owner;   ///< folded
        int n = 0;           ///< of the candidate it is at
        std::string value;   ///< that candidate
        std::string folded;  ///< the same
    };
    /// Whether the store has a value for somebody, by its digest, as far as it was asked.
    using Taken = boost::unordered_flat_map<Digest, bool>;
    void hand_out(AttributeId attribute, std::vector<Wish>& wishes);
    void give_reserved(AttributeId attribute, std::vector<Wish>& wishes);
    /// The first candidate of each, evaluated by all threads; who fails leaves the list.
    void first_candidates(AttributeId attribute, std::vector<Wish>& wishes);
    void next_candidate(AttributeId attribute, Wish& wish);
    std::vector<std::string_view> choose(AttributeId attribute, std::span<Wish> wishes,
                                         const Taken& taken);
    void ask(AttributeId attribute, std::span<const std::string_view> values, Taken& taken);
    void claim(AttributeId attribute, const Wish& wish);

    SyncState& state_;
    std::vector<Reservation> reservations_;
    // What this sync has handed out: the store may not show it yet.
    boost::unordered_flat_set<Digest> values_;
    boost::unordered_flat_set<Digest> owners_;
};

}  // namespace muster
