#include "base/dn.h"

#include "base/error.h"

/// What is a DN is the same DN after being written, and has one normal form.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto normal = muster::normalize_dn(text);
    const auto dn = muster::parse_dn(text);
    if (!dn) {
        MUSTER_ASSERT(muster::parent_dn(text).empty());
        return 0;
    }
    const auto written = muster::format_dn(*dn);
    MUSTER_ASSERT(muster::parse_dn(written) == dn);
    MUSTER_ASSERT(muster::normalize_dn(written) == normal);
    MUSTER_ASSERT(muster::normalize_dn(normal) == normal);
    MUSTER_ASSERT(muster::dn_is_within(text, muster::parent_dn(text)));
    return 0;
}
