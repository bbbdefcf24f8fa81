#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/console.h"
#include "run/run.h"

namespace muster {

/// The line on a terminal that says what runs, how far it is, how fast it goes and how long it
/// will take; updated in place. Prints nothing where `err` is no terminal.
class ProgressLine : public RunObserver {
 public:
    using Clock = std::chrono::steady_clock;

    explicit ProgressLine(const Console& console) : console_(console) {}
    ~ProgressLine() override { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void begin(const std::string& kind, const std::string& system) override;
    void progress(std::uint64_t done, std::uint64_t total, const char* unit) override;
    void end(const StepSummary& step) override;

 private:
    void clear();
    void show(const std::string& text);

    const Console& console_;
    std::string what_;
    Clock::time_point began_;
    Clock::time_point shown_;
    bool visible_ = false;
};

/// "import congress  12,345 of 50,000 objects (24 %)  24,000/s  2 s left"
std::string progress_text(const std::string& what, std::uint64_t done, std::uint64_t total,
                          const std::string& unit, double seconds);

}  // namespace muster
