#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "model/value.h"

namespace muster {

/// The narrowest type that holds every value shown to it without losing anything of its spelling:
/// 007 is no integer here, for it would become 7. NO alone is no boolean, for it may be Norway:
/// words are one only where both answers are seen, or true and false themselves.
class TypeGuess {
 public:
    void add(std::string_view text) {
        any_ = true;
        note_answer(text);
        std::erase_if(candidates_, [&](Type type) { return !fits(type, text); });
    }

    Type type() const {
        const auto found = std::ranges::find_if(candidates_, [&](Type type) {
            return type != Type::boolean || spelled_out_ || (yes_ && no_);
        });
        return any_ && found != candidates_.end() ? *found : Type::text;
    }

 private:
    static constexpr Type kNarrowestFirst[] = {Type::integer, Type::decimal, Type::boolean,
                                               Type::guid, Type::datetime};

    static bool fits(Type type, std::string_view text) {
        std::string buffer;
        const auto made = canonical(type, text, buffer);
        const bool exact = type == Type::integer || type == Type::decimal;
        return made && (!exact || *made == text);
    }

    void note_answer(std::string_view text) {
        std::string buffer;
        const auto answer = canonical(Type::boolean, text, buffer);
        yes_ = yes_ || answer == "true";
        no_ = no_ || answer == "false";
        spelled_out_ = spelled_out_ || (answer && text.size() == answer->size());
    }

    std::vector<Type> candidates_{std::begin(kNarrowestFirst), std::end(kNarrowestFirst)};
    bool any_ = false;
    bool yes_ = false;
    bool no_ = false;
    bool spelled_out_ = false;  // "true", "False"
};

}  // namespace muster
