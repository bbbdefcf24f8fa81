#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <ostream>

namespace muster {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(100);
constexpr double kRateAfterSeconds = 0.5;  // a rate over less says nothing

std::size_t terminal_columns() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// "12,345", or for bytes "12.3 MB".
std::string amount(double number, const std::string& unit) {
    if (unit != "bytes") {
        return thousands(static_cast<std::uint64_t>(number));
    }
    return number < 1e6 ? fmt::format("{:.0f} kB", number / 1e3)
                        : fmt::format("{:.1f} MB", number / 1e6);
}

}  // namespace

std::string progress_text(const std::string& what, std::uint64_t done, std::uint64_t total,
                          const std::string& unit, double seconds) {
    const auto done_number = static_cast<double>(done);
    const auto total_number = static_cast<double>(total);
    std::string text = what + "  " + amount(done_number, unit);
    if (total > 0) {
        text += " of " + amount(total_number, unit);
    }
    if (unit != "bytes") {
        text += " " + unit;
    }
    if (total > 0) {
        text += fmt::format(" ({:.0f} %)", 100 * done_number / total_number);
    }
    if (seconds >= kRateAfterSeconds && done > 0) {
        text += "  " + amount(done_number / seconds, unit) + "/s";
        if (total > done) {
            text += "  " + duration_text((total_number - done_number) * seconds / done_number) +
                    " left";
        }
    }
    return text;
}

void ProgressLine::begin(const std::string& kind, const std::string& system) {
    what_ = system.empty() ? kind : kind + " " + system;
    began_ = shown_ = Clock::now();
    show(what_);
}

void ProgressLine::progress(std::uint64_t done, std::uint64_t total, const char* unit) {
    const auto present = Clock::now();
    if (!console_.err_terminal || present - shown_ < kInterval) {
        return;
    }
    shown_ = present;
    const std::chrono::duration<double> elapsed = present - began_;
    show(progress_text(what_, done, total, unit, elapsed.count()));
}

void ProgressLine::end(const StepSummary&) {
    clear();
}

void ProgressLine::show(const std::string& text) {
    if (!console_.err_terminal) {
        return;
    }
    const auto cut = text.substr(0, terminal_columns() - 1);  // a wrapped line cannot be cleared
    console_.err << "\r\x1b[K" << cut << std::flush;
    visible_ = true;
}

void ProgressLine::clear() {
    if (visible_) {
        console_.err << "\r\x1b[K" << std::flush;
        visible_ = false;
    }
}

}  // namespace muster
