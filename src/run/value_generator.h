#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "run/resolve_page.h"

namespace muster {

/// Hands out generated unique values, one metaverse object after the other in order of id: the
/// first asked gets the first number. What was once handed to an owner is handed to it again; what
/// a joined object has, and the configuration says is kept, is taken before anything new. Nobody
/// gets what was handed to another owner, or what another object has: in the metaverse, or in a
/// system the value flows to.
class ValueGenerator {
 public:
    explicit ValueGenerator(SyncState& state) : state_(state) {}

    /// Gives every resolved object of a page the generated values it lacks; what finds none fails.
    /// Where an object may yet be joined that has one, it waits for that.
    void run(std::span<Work> page);
    /// The reservations since the last call, to be written with the page.
    std::vector<Reservation> take() { return std::exchange(reservations_, {}); }
    /// How far long sequences have come since the last call: named facts, to be written as well.
    std::vector<std::pair<std::string, std::string>> take_facts();

 private:
    struct Wish {
        Work* work = nullptr;
        std::string owner;   ///< folded
        int count = 0;       ///< of the candidate it is at
        std::string value;   ///< that candidate
        std::string folded;  ///< the same
        std::string first;   ///< candidate 0, folded: whose sequence it is
        int tries = 0;
        bool own_way = false;          ///< others with that first candidate have another sequence
        std::vector<std::string> own;  ///< folded values of its accounts
        bool first_time = false;       ///< of the owner, in this sync
    };
    /// Who has a value, as far as the store knows.
    struct Holding {
        std::string owner;             ///< it was handed out to; empty: nobody
        std::vector<ObjectId> people;  ///< metaverse objects that have it, or whose accounts do
        bool strange = false;          ///< an object that is not joined has it
    };
    using Holdings = boost::unordered_flat_map<Digest, Holding>;

    std::vector<std::string> own_values(AttributeId attribute, const Work& work) const;
    bool must_wait(TypeId type, AttributeId attribute) const;
    void hand_out(AttributeId attribute, std::vector<Wish>& wishes);
    void give_reserved(AttributeId attribute, std::vector<Wish>& wishes, Holdings& holdings);
    void give_kept(AttributeId attribute, std::vector<Wish>& wishes, Holdings& holdings);
    /// The first candidate of each, evaluated by all threads; who fails leaves the list.
    void first_candidates(AttributeId attribute, std::vector<Wish>& wishes);
    /// Candidates chosen in one pass over the wishes, and how far each sequence has come in it.
    struct Pass {
        boost::unordered_flat_set<Digest> chosen;
        boost::unordered_flat_map<Digest, int> reached;
    };
    void next_candidate(AttributeId attribute, Wish& wish, const Pass& pass, Holdings& holdings);
    int reached(AttributeId attribute, const Wish& wish, const Pass& pass);
    void skip_to(AttributeId attribute, Wish& wish, int count, const Pass& pass,
                 Holdings& holdings);
    std::string fact_name(AttributeId attribute, const Wish& wish) const;
    std::vector<std::string_view> choose(AttributeId attribute, std::span<Wish> wishes,
                                         Holdings& holdings);
    void ask(AttributeId attribute, std::span<const std::string_view> values, Holdings& holdings);
    void ask_targets(KeyId key, std::span<const std::string_view> values,
                     std::span<Holding* const> holdings);
    static bool is_free(const Holding& holding, const Wish& wish);
    void claim(AttributeId attribute, const Wish& wish);

    SyncState& state_;
    std::vector<Reservation> reservations_;
    // What this sync has handed out: the store may not show it yet.
    boost::unordered_flat_set<Digest> values_;
    boost::unordered_flat_set<Digest> owners_;
    // The last count handed out of long sequences, by their first candidate; 0: none is known.
    boost::unordered_flat_map<Digest, int> reached_;
    std::map<std::string, int> facts_;  // of those that have moved since they were last written
};

}  // namespace muster
