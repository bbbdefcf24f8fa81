#pragma once

#include <cstddef>

namespace muster {

// How maps of owned keys are asked by borrowed ones, as a cache's traits say (`By`).

template <class By>
struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(const typename By::Key& key) const { return By::hash(key); }
};

template <class By>
struct KeyEqual {
    using is_transparent = void;
    bool operator()(const typename By::Key& a, const typename By::Key& b) const { return a == b; }
};

}  // namespace muster
