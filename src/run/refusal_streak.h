#pragma once

#include <cstddef>
#include <string>

#include "base/limits.h"
#include "connect/connector.h"

namespace muster {

/// Whether a system refuses everything it is sent, and always alike.
class RefusalStreak {
 public:
    /// Takes in an outcome. True where it says no more than what is known: that the system still
    /// refuses everything.
    bool note(const Outcome& outcome) {
        if (outcome.result == Outcome::Result::done || outcome.partly) {
            length_ = 0;
        } else if (outcome.result == Outcome::Result::refused) {
            if (outcome.code != code_) {
                length_ = 0;
            }
            code_ = outcome.code;
            message_ = outcome.message;
            return ++length_ > limits::kRefusalsInARow;
        }
        return false;
    }

    bool everything() const { return length_ >= limits::kRefusalsInARow; }
    const std::string& code() const { return code_; }
    const std::string& message() const { return message_; }

 private:
    std::string code_;
    std::string message_;
    std::size_t length_ = 0;
};

}  // namespace muster
