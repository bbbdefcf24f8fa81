#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace muster::csv {

/// Finds the next delimiter, quote or line feed, 64 bytes at a time. Looks up to kReach bytes past
/// the end it is given: they must be readable, whatever they hold.
class SpecialFinder {
 public:
    static constexpr std::size_t kReach = 64;

    explicit SpecialFinder(char delimiter) : delimiter_(delimiter) {}

    /// Goes on at `p`, wherever the search was before.
    void seek(const char* p) {
        block_ = p;
        load();
    }

    /// Goes on at `p`, which is not before the place the search has come to.
    void skip_to(const char* p) {
        const auto offset = static_cast<std::size_t>(p - block_);
        if (offset < kReach) {
            mask_ &= ~std::uint64_t{0} << offset;
        } else {
            high_ = true;  // not looked at what was skipped
            seek(p);
        }
    }

    /// The next special character, which is then behind us, or `end`.
    const char* next(const char* end) {
        while (mask_ == 0) {
            block_ += kReach;
            if (block_ >= end) {
                return end;
            }
            load();
        }
        const char* found = block_ + std::countr_zero(mask_);
        mask_ &= mask_ - 1;
        return found < end ? found : end;
    }

    /// True where a byte above 127 may have been passed since forget_high().
    bool high() const { return high_; }
    void forget_high() { high_ = block_high_; }

 private:
    void load() {
        std::uint64_t mask = 0;
        bool high = false;
#ifdef __SSE2__
        const auto delimiter = _mm_set1_epi8(delimiter_);
        const auto quote = _mm_set1_epi8('"');
        const auto line_feed = _mm_set1_epi8('\n');
        int high_bits = 0;
        for (int i = 0; i < 4; ++i) {
            const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block_) + i);
            const auto hit = _mm_or_si128(
                _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiter), _mm_cmpeq_epi8(bytes, quote)),
                _mm_cmpeq_epi8(bytes, line_feed));
            mask |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(hit)))
                    << (16 * i);
            high_bits |= _mm_movemask_epi8(bytes);
        }
        high = high_bits != 0;
#else
        unsigned char all = 0;
        for (std::size_t i = 0; i < kReach; ++i) {
            const char c = block_[i];
            const bool hit = c == delimiter_ || c == '"' || c == '\n';
            mask |= static_cast<std::uint64_t>(hit) << i;
            all |= static_cast<unsigned char>(c);
        }
        high = all > 127;
#endif
        mask_ = mask;
        block_high_ = high;
        high_ = high_ || high;
    }

    const char* block_ = nullptr;
    std::uint64_t mask_ = 0;  // special characters of the block not passed yet
    bool block_high_ = false;
    bool high_ = false;
    char delimiter_;
};

}  // namespace muster::csv
