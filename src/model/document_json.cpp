#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <iterator>

#include "base/error.h"
#include "model/document.h"
#include "model/json_text.h"

namespace muster {

namespace {

/// How a value of the type is written in JSON.
enum class Shape : std::uint8_t { string, bare };

Shape shape_of(Type type) {
    switch (type) {
        case Type::integer:
        case Type::boolean:
            return Shape::bare;
        case Type::text:
        case Type::decimal:
        case Type::datetime:
        case Type::guid:
        case Type::binary:
        case Type::reference:
            return Shape::string;
    }
    return Shape::string;
}

/// Takes what the parser finds straight into a Document; no tree in between.
class Handler {
 public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    Handler(const Schema& schema, TypeId type, Document& out)
        : schema_(schema), type_(type), attributes_(schema.stored_attributes(type)), out_(out) {}

    using Code = boost::json::error_code;
    using View = boost::json::string_view;

    bool on_document_begin(Code& /*code*/) { return true; }
    bool on_document_end(Code& /*code*/) { return true; }
    bool on_object_begin(Code& code) {
        // The only object is the document itself, the only arrays stand in it.
        return ++objects_ == 1 || malformed(code);
    }
    bool on_object_end(std::size_t /*size*/, Code& /*code*/) { return true; }
    bool on_array_begin(Code& code) {
        return (objects_ == 1 && !in_array_ && (in_array_ = true)) || malformed(code);
    }
    bool on_array_end(std::size_t /*size*/, Code& /*code*/) {
        in_array_ = false;
        return true;
    }
    bool on_key_part(View part, std::size_t /*size*/, Code& /*code*/) {
        partial_.append(part.data(), part.size());
        return true;
    }
    bool on_key(View part, std::size_t /*size*/, Code& /*code*/) {
        find(joined(part));
        partial_.clear();
        return true;
    }
    bool on_string_part(View part, std::size_t /*size*/, Code& /*code*/) {
        partial_.append(part.data(), part.size());
        return true;
    }
    bool on_string(View part, std::size_t /*size*/, Code& code) {
        const bool taken = take(joined(part), Shape::string, code);
        partial_.clear();
        return taken;
    }
    bool on_number_part(View /*part*/, Code& /*code*/) { return true; }
    bool on_int64(std::int64_t value, View /*part*/, Code& code) {
        char text[24];
        const auto end = std::to_chars(std::begin(text), std::end(text), value).ptr;
        return take({text, static_cast<std::size_t>(end - text)}, Shape::bare, code);
    }
    bool on_uint64(std::uint64_t /*value*/, View /*part*/, Code& code) { return malformed(code); }
    bool on_double(double /*value*/, View /*part*/, Code& code) { return malformed(code); }
    bool on_bool(bool value, Code& code) {
        return take(value ? "true" : "false", Shape::bare, code);
    }
    bool on_null(Code& code) { return malformed(code); }
    bool on_comment_part(View /*part*/, Code& code) { return malformed(code); }
    bool on_comment(View /*part*/, Code& code) { return malformed(code); }

 private:
    static bool malformed(Code& code) {
        code = boost::json::error::syntax;
        return false;
    }

    /// Strings come in one piece save where they hold escapes.
    std::string_view joined(View last) {
        if (partial_.empty()) {
            return {last.data(), last.size()};
        }
        partial_.append(last.data(), last.size());
        return partial_;
    }

    void find(std::string_view name) {
        // Keys and attributes are both sorted: the next key is hardly ever far from the last.
        while (next_ < attributes_.size() && attributes_[next_].name < name) {
            ++next_;
        }
        if (next_ < attributes_.size() && attributes_[next_].name == name) {
            current_ = &attributes_[next_++];
            return;
        }
        const auto elsewhere = schema_.find_stored_attribute(type_, name);
        current_ = elsewhere ? &schema_.attribute(elsewhere) : nullptr;
    }

    bool take(std::string_view text, Shape shape, Code& code) {
        if (objects_ != 1) {
            return malformed(code);
        }
        if (current_ == nullptr) {
            return true;
        }
        if (shape == shape_of(current_->type)) {
            out_.add(current_->id, text);
            return true;
        }
        // Written when the attribute had another type: what is no value of the new one is left out.
        std::string buffer;
        if (const auto value = canonical(current_->type, text, buffer)) {
            out_.add(current_->id, *value);
        }
        return true;
    }

    const Schema& schema_;
    TypeId type_;
    std::span<const Attribute> attributes_;
    Document& out_;
    std::size_t next_ = 0;
    const Attribute* current_ = nullptr;  ///< null where the type has no such attribute
    int objects_ = 0;
    bool in_array_ = false;
    std::string partial_;
};

void append_value(std::string_view text, Type type, std::string& out) {
    switch (shape_of(type)) {
        case Shape::bare:
            out += text;
            return;
        case Shape::string:
            append_json_string(text, out);
            return;
    }
}

}  // namespace

void encode(const Document& document, const Schema& schema, std::string& out) {
    out += '{';
    const auto end = document.end();
    for (auto value = document.begin(); value != end;) {
        const auto& attribute = schema.attribute((*value).attribute);
        if (out.back() != '{') {
            out += ',';
        }
        append_json_string(attribute.name, out);
        out += ':';
        auto last = std::next(value);
        while (last != end && (*last).attribute == attribute.id) {
            ++last;
        }
        const bool array = attribute.multi || last - value > 1;
        out += array ? "[" : "";
        for (const auto first = value; value != last; ++value) {
            out += value != first ? "," : "";
            append_value((*value).text, attribute.type, out);
        }
        out += array ? "]" : "";
    }
    out += '}';
}

void decode(std::string_view json, TypeId type, const Schema& schema, Document& out) {
    out.clear();
    boost::json::parse_options options;
    options.max_depth = 2;
    options.allow_invalid_utf8 = true;  // checked when it was first read; what is stored comes back
    boost::json::basic_parser<Handler> parser(options, schema, type, out);
    boost::json::error_code code;
    const auto read = parser.write_some(false, json.data(), json.size(), code);
    if (code || read != json.size()) {
        out.clear();
        throw Error(
            ErrorCode::store,
            fmt::format("a stored document of type {} is damaged: {}", schema.type(type).name,
                        code ? code.message() : "text after its end"),
            "check the store with `muster db check`");
    }
    out.normalise();
}

}  // namespace muster
