#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connect/csv/row_parser.h"
#include "connect/input_file.h"

namespace muster::csv {

/// Reads a CSV file from start to end: header first, then row by row. UTF-8 with or without a byte
/// order mark; lines end in LF or CRLF. Empty lines and rows of nothing but delimiters and blanks
/// are passed over.
class Reader {
 public:
    /// Reads the header. Throws Error(connection) where the file cannot be read, Error(data) where
    /// it has no usable header: none at all, not UTF-8, an unnamed column, two of one name.
    Reader(const std::string& path, char delimiter);

    const std::vector<std::string>& header() const { return header_; }
    /// Position of a column; nothing where the header has no such column.
    std::optional<std::size_t> column(std::string_view name) const;
    /// The same; throws Error(data) naming the columns there are.
    std::size_t require_column(std::string_view name) const;

    /// Moves to the next row; false at the end. A flawed row is returned like any other.
    bool next();
    const Row& row() const { return row_; }

    /// After the end: why what was read may not be the whole file; empty where it is.
    const std::string& cut_short() const { return cut_short_; }

    const InputFile& file() const { return file_; }
    std::uint64_t bytes() const { return consumed_; }            ///< up to the end of the row
    bool has_mark() const { return has_mark_; }                  ///< starts with a byte order mark
    bool carriage_returns() const { return carriage_returns_; }  ///< lines end in CRLF

 private:
    bool parse();
    void refill();
    void read_header();
    void check_header();
    void finish();

    InputFile file_;
    RowParser parser_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  // of what is not consumed, in the buffer
    std::size_t end_ = 0;
    bool last_ = false;  // nothing comes after end_
    std::uint64_t consumed_ = 0;
    std::uint64_t line_ = 1;
    bool has_mark_ = false;
    bool carriage_returns_ = false;
    bool ended_ = false;
    std::vector<std::string> header_;
    Row row_;
    std::string_view text_;  // of the row, with its line end
    std::string cut_short_;
};

/// A row's flaw as a ReadProblem has it: a stable code, and what is wrong with what would be right.
struct FlawText {
    const char* code;
    std::string message;
};
FlawText describe_flaw(const Row& row, std::size_t columns);

/// What else may part the cells of a file whose header seems to be one column; empty where nothing
/// speaks for it.
std::string delimiter_hint(const std::vector<std::string>& header);

}  // namespace muster::csv
