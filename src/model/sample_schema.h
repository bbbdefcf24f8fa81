#pragma once

#include <rapidcheck.h>

#include <string>

#include "model/document.h"
#include "model/schema.h"

namespace muster::sample {

/// A schema with one type that has a single and a multi-valued attribute of every type there is
/// ("text", "text*", …), for tests that must not forget one.
struct Sample {
    Schema schema;
    TypeId type;

    Sample() {
        const auto space = schema.add_space("metaverse");
        std::vector<Schema::NewAttribute> attributes;
        for (const auto t : kAllTypes) {
            attributes.push_back({std::string(type_name(t)), t, false});
            attributes.push_back({std::string(type_name(t)) + "*", t, true});
        }
        type = schema.add_type(space, "thing", std::move(attributes));
    }

    AttributeId operator[](std::string_view name) const {
        return schema.find_attribute(type, name);
    }
};

/// Canonical values of a type, the odd ones among them.
inline std::vector<std::string> values_of(Type t) {
    using namespace std::string_literals;
    switch (t) {
        case Type::text:
            return {"",
                    "x",
                    "a \"quoted\" \\ text",
                    "line\nbreak\ttab\x01",
                    "é\u20ac\U0001F600",
                    "nul\0inside"s,
                    "\u2028",
                    "null"};
        case Type::integer:
            return {"0", "-1", "9223372036854775807", "-9223372036854775808"};
        case Type::decimal:
            return {"0", "0.1", "-12345678901234567890.0123456789", "100000000000000000000"};
        case Type::boolean:
            return {"false", "true"};
        case Type::datetime:
            return {"0000-01-01T00:00:00Z", "2026-03-01T09:30:00.000001Z"};
        case Type::guid:
            return {"0f8fad5b-d9cb-469f-a165-70867728950e"};
        case Type::binary:
            return {"", "AAECAw==", "////"};
        case Type::reference:
            return {"uid=a\\,b,dc=x"};
    }
    return {};
}

inline rc::Gen<Document> any_document(const Sample& sample) {
    return rc::gen::exec([&sample] {
        Document document;
        for (const auto& attribute : sample.schema.attributes(sample.type)) {
            const auto most = attribute.multi ? 4 : 1;
            for (int left = *rc::gen::inRange(0, most + 1); left > 0; --left) {
                document.add(attribute.id, *rc::gen::elementOf(values_of(attribute.type)));
            }
        }
        document.normalise();
        return document;
    });
}

}  // namespace muster::sample
