#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <iterator>
#include <tuple>

#include "base/error.h"
#include "model/delta.h"
#include "model/forgotten_change.h"
#include "model/json_text.h"

namespace muster {

namespace {

namespace json = boost::json;

constexpr ObjectState kAllStates[] = {ObjectState::normal,    ObjectState::provisioning,
                                      ObjectState::gone,      ObjectState::leaving,
                                      ObjectState::unclaimed, ObjectState::leaving_unclaimed};

/// Writes members and elements with the commas between them.
class Writer {
 public:
    explicit Writer(std::string& out) : out_(out) {}

    void open(char bracket) {
        separate();
        out_ += bracket;
        comma_ = false;
    }
    void close(char bracket) {
        out_ += bracket;
        comma_ = true;
    }
    void key(std::string_view name) {
        string(name);
        out_ += ':';
        comma_ = false;
    }
    void string(std::string_view text) {
        separate();
        append_json_string(text, out_);
    }
    void id(ObjectId id) {
        separate();
        if (id) {
            fmt::format_to(std::back_inserter(out_), "{}", id.value);
        } else {
            out_ += "null";
        }
    }
    /// Null, a string, or an array where there are several.
    void values(const std::vector<std::string>& values) {
        if (values.empty()) {
            id({});
        } else if (values.size() == 1) {
            string(values.front());
        } else {
            open('[');
            for (const auto& value : values) {
                string(value);
            }
            close(']');
        }
    }

 private:
    void separate() {
        if (comma_) {
            out_ += ',';
        }
        comma_ = true;
    }

    std::string& out_;
    bool comma_ = false;
};

/// `"name":[before,after]`, where there is such a change.
template <class T, class Write>
void write_pair(std::string_view name, const BeforeAfter<T>& change, Writer& out, Write write) {
    if (!change) {
        return;
    }
    out.key(name);
    out.open('[');
    write(change->first);
    write(change->second);
    out.close(']');
}

/// The links of one attribute and direction, as far as they stand together.
using Links = std::vector<LinkChange>::const_iterator;

Links write_links(Links from, Links end, std::string_view sign, Writer& out) {
    const auto attribute = from->attribute;
    const bool opened = from->opened;
    out.key(sign);
    out.open('[');
    for (; from != end && from->attribute == attribute && from->opened == opened; ++from) {
        if (from->target) {
            out.id(from->target);
        } else {
            out.string(from->text);
        }
    }
    out.close(']');
    return from;
}

[[noreturn]] void malformed(std::string_view what) {
    throw Error(ErrorCode::store, fmt::format("a stored change is damaged: {}", what),
                "check the store with `muster db check`");
}

std::string to_text(const json::value& value) {
    const auto* text = value.if_string();
    if (text == nullptr) {
        malformed("a text is expected");
    }
    return {text->data(), text->size()};
}

ObjectId to_id(const json::value& value) {
    if (value.is_null()) {
        return {};
    }
    const auto* number = value.if_int64();
    if (number == nullptr) {
        malformed("the number of an object is expected");
    }
    return ObjectId(*number);
}

ObjectState to_state(const json::value& value) {
    const auto* found = std::ranges::find(kAllStates, to_text(value), state_name);
    if (found == std::end(kAllStates)) {
        malformed("an object's state is expected");
    }
    return *found;
}

std::vector<std::string> to_values(const json::value& value) {
    std::vector<std::string> values;
    if (const auto* several = value.if_array()) {
        std::ranges::transform(*several, std::back_inserter(values), to_text);
    } else if (!value.is_null()) {
        values.push_back(to_text(value));
    }
    return values;
}

template <class Read>
auto to_pair(const json::value& value, Read read) {
    const auto* both = value.if_array();
    if (both == nullptr || both->size() != 2) {
        malformed("a value before and one after are expected");
    }
    return std::pair(read((*both)[0]), read((*both)[1]));
}

const json::object& to_object(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        malformed("an object is expected");
    }
    return *object;
}

bool is_opened(std::string_view sign) {
    if (sign != "+" && sign != "-") {
        malformed("links are opened by + and closed by -");
    }
    return sign == "+";
}

void read_links(AttributeId attribute, bool opened, const json::value& value,
                std::vector<LinkChange>& links) {
    const auto* targets = value.if_array();
    if (targets == nullptr) {
        malformed("a list of links is expected");
    }
    for (const auto& target : *targets) {
        if (target.is_string()) {
            links.push_back({attribute, opened, {}, to_text(target)});
        } else {
            links.push_back({attribute, opened, to_id(target), {}});
        }
    }
}

/// None where the configuration does not have the attribute, or the type at all.
AttributeId find_stored(const Schema& schema, TypeId type, std::string_view name) {
    return type ? schema.find_stored_attribute(type, name) : AttributeId{};
}

json::value parse(std::string_view text) {
    json::parse_options options;
    options.allow_invalid_utf8 = true;  // checked when it was first read; what is stored comes back
    json::error_code code;
    auto value = json::parse({text.data(), text.size()}, code, {}, options);
    if (code) {
        malformed(code.message());
    }
    return value;
}

}  // namespace

void encode(const Delta& delta, const Schema& schema, std::string& out) {
    Writer json(out);
    const auto text = [&](const std::string& value) { json.string(value); };
    json.open('{');
    write_pair("anchor", delta.anchor, json, text);
    write_pair("name", delta.name, json, text);
    write_pair("state", delta.state, json, [&](ObjectState s) { json.string(state_name(s)); });
    write_pair("joined", delta.joined, json, [&](ObjectId id) { json.id(id); });
    if (!delta.attributes.empty()) {
        json.key("attributes");
        json.open('{');
        for (const auto& change : delta.attributes) {
            json.key(schema.attribute(change.attribute).name);
            json.open('[');
            json.values(change.before);
            json.values(change.after);
            json.close(']');
        }
        json.close('}');
    }
    if (!delta.links.empty()) {
        json.key("links");
        json.open('{');
        for (auto link = delta.links.begin(); link != delta.links.end();) {
            const auto attribute = link->attribute;
            json.key(schema.attribute(attribute).name);
            json.open('{');
            while (link != delta.links.end() && link->attribute == attribute) {
                link = write_links(link, delta.links.end(), link->opened ? "+" : "-", json);
            }
            json.close('}');
        }
        json.close('}');
    }
    json.close('}');
}

Delta decode_delta(std::string_view json, TypeId type, const Schema& schema) {
    Delta delta;
    const auto document = parse(json);
    for (const auto& [key, value] : to_object(document)) {
        const std::string_view part(key.data(), key.size());
        if (part == "anchor") {
            delta.anchor = to_pair(value, to_text);
        } else if (part == "name") {
            delta.name = to_pair(value, to_text);
        } else if (part == "state") {
            delta.state = to_pair(value, to_state);
        } else if (part == "joined") {
            delta.joined = to_pair(value, to_id);
        } else if (part == "attributes") {
            for (const auto& [name, change] : to_object(value)) {
                auto [before, after] = to_pair(change, to_values);
                if (const auto id = find_stored(schema, type, {name.data(), name.size()})) {
                    delta.attributes.push_back({id, std::move(before), std::move(after)});
                }
            }
        } else if (part == "links") {
            for (const auto& [name, signs] : to_object(value)) {
                const auto id = find_stored(schema, type, {name.data(), name.size()});
                for (const auto& [sign, targets] : to_object(signs)) {
                    if (id) {
                        read_links(id, is_opened({sign.data(), sign.size()}), targets, delta.links);
                    }
                }
            }
        } else {
            malformed(fmt::format("nothing is called \"{}\"", part));
        }
    }
    std::ranges::sort(delta.attributes, {}, &AttributeChange::attribute);
    std::ranges::sort(delta.links);
    return delta;
}

std::vector<ForgottenChange> decode_forgotten(std::string_view json, TypeId type,
                                              const Schema& schema) {
    std::vector<ForgottenChange> changes;
    const auto document = parse(json);
    const auto each = [&](const char* part, const auto& read) {
        if (const auto* of = to_object(document).if_contains(part)) {
            for (const auto& [key, value] : to_object(*of)) {
                const std::string_view name(key.data(), key.size());
                if (!find_stored(schema, type, name)) {
                    read(changes.emplace_back(ForgottenChange{std::string(name), {}, {}, {}}),
                         value);
                }
            }
        }
    };
    each("attributes", [](ForgottenChange& change, const json::value& value) {
        std::tie(change.before, change.after) = to_pair(value, to_values);
    });
    each("links", [](ForgottenChange& change, const json::value& value) {
        for (const auto& [sign, targets] : to_object(value)) {
            read_links({}, is_opened({sign.data(), sign.size()}), targets, change.links);
        }
    });
    return changes;
}

}  // namespace muster
