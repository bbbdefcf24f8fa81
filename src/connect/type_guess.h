#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "model/value.h"

namespace muster {

/// The narrowest type that holds every value shown to it without losing anything of its spelling:
/// 007 is no integer here, for it would become 7.
class TypeGuess {
 public:
    void add(std::string_view text) {
        any_ = true;
        std::erase_if(candidates_, [&](Type type) { return !fits(type, text); });
    }

    Type type() const { return any_ && !candidates_.empty() ? candidates_.front() : Type::text; }

 private:
    static constexpr Type kNarrowestFirst[] = {Type::integer, Type::decimal, Type::boolean,
                                               Type::guid, Type::datetime};

    static bool fits(Type type, std::string_view text) {
        std::string buffer;
        const auto made = canonical(type, text, buffer);
        const bool exact = type == Type::integer || type == Type::decimal;
        return made && (!exact || *made == text);
    }

    std::vector<Type> candidates_{std::begin(kNarrowestFirst), std::end(kNarrowestFirst)};
    bool any_ = false;
};

}  // namespace muster
