#include "base/error.h"
#include "model/delta.h"
#include "model/document.h"
#include "model/sample_schema.h"

namespace {

const muster::sample::Sample& sample() {
    static const muster::sample::Sample made;
    return made;
}

void try_document(std::string_view json) {
    const auto& s = sample();
    muster::Document document;
    muster::decode(json, s.type, s.schema, document);
    std::string written;
    muster::encode(document, s.schema, written);
    muster::Document again;
    muster::decode(written, s.type, s.schema, again);
    MUSTER_ASSERT(again == document, "{}", written);
}

void try_delta(std::string_view json) {
    const auto& s = sample();
    const auto delta = muster::decode_delta(json, s.type, s.schema);
    std::string written;
    muster::encode(delta, s.schema, written);
    MUSTER_ASSERT(muster::decode_delta(written, s.type, s.schema) == delta, "{}", written);
}

}  // namespace

/// What can be read at all is the same after being written.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view json(reinterpret_cast<const char*>(data), size);
    for (const auto try_one : {try_document, try_delta}) {
        try {
            try_one(json);
        } catch (const muster::Error&) {
            continue;  // damaged input is refused in this one way
        }
    }
    return 0;
}
