#include "store/postgresql/rows.h"

#include "base/error.h"

namespace muster::postgresql {
namespace {

constexpr std::size_t kArrayBytes = 64u << 20;  // of all columns; a message holds 1 GiB

// Types by number, as in the server's pg_type.dat
constexpr std::int32_t kBigint = 20;
constexpr std::int32_t kInt = 23;
constexpr std::int32_t kText = 25;
constexpr std::int32_t kJsonb = 3802;
constexpr char kJsonbVersion = '\1';

std::int32_t oid_of(ColumnType type) {
    switch (type) {
        case ColumnType::number:
            return kBigint;
        case ColumnType::integer:
            return kInt;
        case ColumnType::text:
            return kText;
        case ColumnType::json:
            return kJsonb;
    }
    MUSTER_ASSERT(false, "column type {}", static_cast<int>(type));
}

/// The head of an array of one dimension; where it is empty there is none.
void put_array_head(std::size_t size, std::int32_t element, std::string& out) {
    put32(size > 0 ? 1 : 0, out);
    put32(1, out);  // may hold nulls
    put32(element, out);
    if (size > 0) {
        put32(static_cast<std::int32_t>(size), out);
        put32(1, out);  // the first index
    }
}

}  // namespace

const char* type_name(ColumnType type) {
    switch (type) {
        case ColumnType::number:
            return "bigint";
        case ColumnType::integer:
            return "int";
        case ColumnType::text:
            return "text";
        case ColumnType::json:
            return "jsonb";
    }
    MUSTER_ASSERT(false, "column type {}", static_cast<int>(type));
}

void RowSet::put(std::size_t column, std::string_view text) {
    const bool json = columns_[column].type == ColumnType::json;
    const std::string_view stored = json ? stored_json(text, buffer_) : stored_text(text, buffer_);
    put32(static_cast<std::int32_t>(stored.size() + (json ? 1 : 0)), bytes_);
    if (json)
        bytes_ += kJsonbVersion;
    bytes_ += stored;
}

std::string RowSet::relation() const {
    std::string arrays;
    std::string names;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        arrays += fmt::format("{}${}::{}[]", i > 0 ? ", " : "", i + 1, type_name(columns_[i].type));
        names += fmt::format("{}{}", i > 0 ? ", " : "", columns_[i].name);
    }
    return fmt::format("unnest({}) AS w({})", arrays, names);
}

std::vector<std::string> RowSet::arrays(std::size_t& first) const {
    std::size_t last = first;
    while (last < starts_.size() && (last == first || starts_[last] - starts_[first] < kArrayBytes))
        ++last;
    std::vector<std::string> arrays(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i)
        put_array_head(last - first, oid_of(columns_[i].type), arrays[i]);
    for (std::size_t row = first; row < last; ++row) {
        const char* at = bytes_.data() + starts_[row] + 2;
        for (std::string& array : arrays) {
            const std::int64_t length = get_number(at, 4);
            const std::size_t whole = 4 + static_cast<std::size_t>(length > 0 ? length : 0);
            array.append(at, whole);
            at += whole;
        }
    }
    first = last;
    return arrays;
}

void Parameters::add(std::string_view text) {
    std::string buffer;
    values_.emplace_back(stored_text(text, buffer));
}

void Parameters::add(std::span<const std::int64_t> numbers) {
    std::string& out = values_.emplace_back();
    put_array_head(numbers.size(), kBigint, out);
    for (const std::int64_t number : numbers) {
        put32(8, out);
        put64(number, out);
    }
}

void Parameters::add(std::span<const ObjectId> ids) {
    std::string& out = values_.emplace_back();
    put_array_head(ids.size(), kBigint, out);
    for (const ObjectId id : ids) {
        put32(8, out);
        put64(id.value, out);
    }
}

void Parameters::add(std::span<const std::string_view> texts) {
    std::string& out = values_.emplace_back();
    std::string buffer;
    put_array_head(texts.size(), kText, out);
    for (const std::string_view text : texts) {
        const std::string_view stored = stored_text(text, buffer);
        put32(static_cast<std::int32_t>(stored.size()), out);
        out += stored;
    }
}

Row::Row(std::string_view copied) {
    const char* at = copied.begin();
    const std::int64_t count = get_number(at, 2);
    at += 2;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto length = static_cast<int>(get_number(at, 4));
        at += 4;
        add(at, length);
        at += length > 0 ? length : 0;
    }
}

}  // namespace muster::postgresql
