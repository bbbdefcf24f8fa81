#pragma once

#include <span>
#include <string>
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
        std::string owner;  ///< folded
    };
    void hand_out(AttributeId attribute, std::vector<Wish>& wishes);
    void give_reserved(AttributeId attribute, std::vector<Wish>& wishes);
    /// The first candidate of each, evaluated by all threads; who fails leaves the list.
    std::vector<std::string> first_candidates(AttributeId attribute, std::vector<Wish>& wishes);
    bool is_taken(AttributeId attribute, const std::string& folded);
    bool claim(AttributeId attribute, const Wish& wish, const std::string& value);
    void search(AttributeId attribute, const Wish& wish, std::string tried);

    SyncState& state_;
    std::vector<Reservation> reservations_;
    // What this sync has handed out: the store may not show it yet.
    boost::unordered_flat_set<Digest> values_;
    boost::unordered_flat_set<Digest> owners_;
};

}  // namespace muster
