#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "store/postgresql/wire.h"

namespace muster::postgresql {

/// The type of a column on its way to the server. Numbers travel as bigint, whatever they become,
/// but where COPY writes into a table's own int columns.
enum class ColumnType : std::uint8_t { number, integer, text, json };

/// As SQL calls it.
const char* type_name(ColumnType type);

struct Column {
    const char* name;
    ColumnType type = ColumnType::number;
};

/// Rows on their way to the server, kept as binary COPY has them. They go by COPY, or as one array
/// a column.
class RowSet {
 public:
    explicit RowSet(std::span<const Column> columns) : columns_(columns) {}

    /// Begins a row and fills it; the values must be those of the columns, in order. Texts of json
    /// columns are JSON.
    template <class... Values>
    void add(const Values&... values) {
        begin();
        std::size_t column = 0;
        (put(column++, values), ...);
    }

    /// The same value by value.
    void begin() {
        starts_.push_back(bytes_.size());
        put16(static_cast<std::int16_t>(columns_.size()), bytes_);
    }
    template <class Value>
    void append(std::size_t column, const Value& value) {
        put(column, value);
    }

    bool empty() const { return starts_.empty(); }
    std::size_t size() const { return starts_.size(); }
    /// The rows without header and trailer.
    const std::string& bytes() const { return bytes_; }
    std::span<const Column> columns() const { return columns_; }

    /// "unnest($1::bigint[], …) AS w(id, …)": the arrays as a relation in SQL.
    std::string relation() const;
    /// Binary arrays of as many rows from `first` as a message holds well, one a column; moves
    /// `first` behind them.
    std::vector<std::string> arrays(std::size_t& first) const;

 private:
    void put(std::size_t column, std::string_view text);
    void put(std::size_t column, const std::string& text) { put(column, std::string_view(text)); }
    template <class Number>
        requires std::is_integral_v<Number> || std::is_enum_v<Number>
    void put(std::size_t column, Number number) {
        if (columns_[column].type == ColumnType::integer) {
            put32(4, bytes_);
            put32(static_cast<std::int32_t>(number), bytes_);
        } else {
            put32(8, bytes_);
            put64(static_cast<std::int64_t>(number), bytes_);
        }
    }
    template <class Tag, class Rep>
    void put(std::size_t column, Id<Tag, Rep> id) {
        put(column, id.value);
    }
    void put(std::size_t column, Instant instant) {
        put(column, instant.time_since_epoch().count());
    }
    template <class Value>
    void put(std::size_t column, const std::optional<Value>& value) {
        if (value)
            put(column, *value);
        else
            put32(-1, bytes_);
    }

    std::span<const Column> columns_;
    std::vector<std::size_t> starts_;
    std::string bytes_;
    std::string buffer_;
};

/// The parameters of one statement, in binary. Its SQL says the types: $1::bigint, $2::text[].
class Parameters {
 public:
    template <class... Values>
    explicit Parameters(const Values&... values) {
        (add(values), ...);
    }
    static Parameters of(std::vector<std::string> values) {
        Parameters parameters;
        parameters.values_ = std::move(values);
        return parameters;
    }

    const std::vector<std::string>& values() const { return values_; }

 private:
    template <class Number>
        requires std::is_integral_v<Number> || std::is_enum_v<Number>
    void add(Number number) {
        put64(static_cast<std::int64_t>(number), values_.emplace_back());
    }
    template <class Tag, class Rep>
    void add(Id<Tag, Rep> id) {
        add(id.value);
    }
    void add(Instant instant) { add(instant.time_since_epoch().count()); }
    void add(std::string_view text);
    void add(const std::string& text) { add(std::string_view(text)); }
    void add(std::span<const std::int64_t> numbers);
    void add(const std::vector<std::int64_t>& numbers) { add(std::span(numbers)); }
    void add(std::span<const ObjectId> ids);
    void add(const std::vector<ObjectId>& ids) { add(std::span(ids)); }
    void add(std::span<const std::string_view> texts);
    void add(const std::vector<std::string_view>& texts) { add(std::span(texts)); }

    std::vector<std::string> values_;
};

/// A row that came from the server, in binary.
class Row {
 public:
    /// Takes a row as binary COPY has it; the bytes must outlive the use of the row.
    explicit Row(std::string_view copied);
    Row() = default;

    void clear() { fields_.clear(); }
    void add(const char* bytes, int length) { fields_.push_back({bytes, length}); }

    bool null(std::size_t column) const { return fields_[column].length < 0; }
    /// Zero where null.
    std::int64_t integer(std::size_t column) const {
        const Field& field = fields_[column];
        return field.length <= 0 ? 0
                                 : get_number(field.bytes, static_cast<std::size_t>(field.length));
    }
    /// Empty where null.
    std::string string(std::size_t column) const {
        std::string buffer;
        return std::string(original_text(raw(column), buffer));
    }
    /// The same without a copy wherever it can be; `buffer` must outlive the use.
    std::string_view text(std::size_t column, std::string& buffer) const {
        return original_text(raw(column), buffer);
    }
    /// Of a jsonb column.
    std::string_view json(std::size_t column, std::string& buffer) const {
        const std::string_view bytes = raw(column);
        return original_json(bytes.empty() ? bytes : bytes.substr(1), buffer);
    }
    template <class IdType>
    IdType id(std::size_t column) const {
        return IdType(static_cast<decltype(IdType::value)>(integer(column)));
    }
    template <class Enum>
    Enum as(std::size_t column) const {
        return static_cast<Enum>(integer(column));
    }
    Instant instant(std::size_t column) const {
        return Instant(std::chrono::microseconds(integer(column)));
    }

 private:
    struct Field {
        const char* bytes;
        int length;
    };
    std::string_view raw(std::size_t column) const {
        const Field& field = fields_[column];
        return field.length <= 0
                   ? std::string_view()
                   : std::string_view(field.bytes, static_cast<std::size_t>(field.length));
    }
    std::vector<Field> fields_;
};

}  // namespace muster::postgresql
