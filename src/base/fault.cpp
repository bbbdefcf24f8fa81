#include "base/fault.h"

#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"

namespace muster::fault::detail {

namespace {

struct Fault {
    std::string_view name;
    std::atomic<std::int64_t> left;
    int signal = SIGKILL;
};

/// Reads MUSTER_FAULT before main(). A setting that would never strike is a test that proves
/// nothing, so a malformed one ends the program at once.
Fault& fault() {
    static Fault read{[] {
        const char* setting = std::getenv("MUSTER_FAULT");
        if (setting == nullptr) {
            return Fault{{}, 0};
        }
        constexpr std::string_view kStop = ":stop";
        std::string_view text = setting;
        const bool stop = text.ends_with(kStop);
        if (stop) {
            text.remove_suffix(kStop.size());
        }
        const auto colon = text.rfind(':');
        std::int64_t count = 0;
        const bool known =
            colon != std::string_view::npos && colon > 0 &&
            std::from_chars(text.data() + colon + 1, text.data() + text.size(), count).ptr ==
                text.data() + text.size() &&
            count > 0;
        if (!known) {
            fmt::print(stderr, "muster: MUSTER_FAULT={} is not of the form name:count[:stop]\n",
                       setting);
            std::_Exit(64);
        }
        return Fault{text.substr(0, colon), count, stop ? SIGSTOP : SIGKILL};
    }()};
    return read;
}

}  // namespace

std::atomic<bool> armed{!fault().name.empty()};

void pass(const char* name) {
    Fault& f = fault();
    if (f.name == name && f.left.fetch_sub(1) == 1) {
        std::raise(f.signal);
    }
}

}  // namespace muster::fault::detail
