#include "store/resident/packed_object.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "model/sample_schema.h"

namespace muster::resident {
namespace {

Object any_object(const sample::Sample& sample) {
    Object object;
    object.id = ObjectId(7);
    object.type = sample.type;
    object.state = *rc::gen::element(ObjectState::normal, ObjectState::provisioning,
                                     ObjectState::gone, ObjectState::leaving);
    object.unconfirmed = *rc::gen::arbitrary<bool>();
    object.retry = *rc::gen::arbitrary<bool>();
    object.waiting = *rc::gen::arbitrary<bool>();
    object.joined = ObjectId(*rc::gen::element<std::int64_t>(0, 1, 1ll << 40));
    object.anchor = *rc::gen::element<std::string>("", "a", std::string(300, 'x'), "nul\0in");
    object.name = *rc::gen::element<std::string>("", "uid=é,dc=x");
    object.attributes = *sample::any_document(sample);
    object.payload = *rc::gen::element(Digest{}, Digest{1, 0}, Digest{~0ull, ~0ull});
    object.commit = CommitNumber(*rc::gen::element<std::int64_t>(1, 200, 1ll << 50));
    object.provenance = *rc::gen::element(0u, 5u, ~0u);
    if (*rc::gen::arbitrary<bool>()) {
        object.due = Instant(std::chrono::microseconds(*rc::gen::element(-1, 0, 99'999'999)));
    }
    return object;
}

RC_GTEST_PROP(PackedObjectProperty, AnObjectComesBackAsItWas, ()) {
    const sample::Sample sample;
    const Object object = any_object(sample);
    std::string values;
    pack_values(object.attributes, sample.schema.type(sample.type), values);
    std::string packed = "before";
    pack(object, {object.anchor, object.name, values}, packed);
    const std::string_view bytes = packed_bytes(packed.data() + 6);
    RC_ASSERT(bytes.size() + 6 == packed.size());
    Object back;
    back.attributes.add(AttributeId(1), "from before");
    unpack(object.id, bytes.data(), sample.schema, back);
    RC_ASSERT(back.id == object.id);
    RC_ASSERT(back.type == object.type);
    RC_ASSERT(back.state == object.state);
    RC_ASSERT(back.unconfirmed == object.unconfirmed);
    RC_ASSERT(back.retry == object.retry);
    RC_ASSERT(back.waiting == object.waiting);
    RC_ASSERT(back.joined == object.joined);
    RC_ASSERT(back.anchor == object.anchor);
    RC_ASSERT(back.name == object.name);
    RC_ASSERT(back.attributes == object.attributes);
    RC_ASSERT(back.payload == object.payload);
    RC_ASSERT(back.commit == object.commit);
    RC_ASSERT(back.provenance == object.provenance);
    RC_ASSERT(back.due == object.due);
}

}  // namespace
}  // namespace muster::resident
