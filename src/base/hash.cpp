#include "base/hash.h"

#include <fmt/core.h>
#include <xxhash.h>

namespace muster {

Digest digest(std::string_view bytes, std::uint64_t seed) {
    const auto h = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
    return {h.low64, h.high64};
}

std::string hex(const Digest& digest) {
    return fmt::format("{:016x}{:016x}", digest.high, digest.low);
}

struct Digester::State {
    XXH3_state_t* xxh = XXH3_createState();
    ~State() { XXH3_freeState(xxh); }
};

Digester::Digester() : state_(new State) {
    reset();
}

Digester::~Digester() {
    delete state_;
}

void Digester::reset() {
    XXH3_128bits_reset(state_->xxh);
}

void Digester::add(std::string_view field) {
    add(field.size());
    XXH3_128bits_update(state_->xxh, field.data(), field.size());
}

void Digester::add(std::uint64_t number) {
    XXH3_128bits_update(state_->xxh, &number, sizeof number);
}

Digest Digester::finish() const {
    const auto h = XXH3_128bits_digest(state_->xxh);
    return {h.low64, h.high64};
}

}  // namespace muster
