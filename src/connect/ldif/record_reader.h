#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connect/input_file.h"

namespace muster::ldif {

/// One value of a record: bytes as they are, decoded and unfolded.
struct Field {
    std::string_view name;
    std::string_view value;
};

/// A value of a record that cannot be read, though the record can.
struct FieldFlaw {
    std::string_view name;
    const char* code;     ///< stable
    std::string message;  ///< what is wrong, without the name
};

/// A record of an LDIF file (RFC 2849). The views are valid until the next one is read.
struct Record {
    std::string_view dn;
    std::vector<Field> fields;  ///< what follows the DN; those before the flaw where there is one
    std::vector<FieldFlaw> flaws;  ///< values that are missing among the fields
    std::uint64_t line = 0;        ///< of its first line in the file, from 1
    const char* flaw = nullptr;    ///< a stable code where the record cannot be read; else null
    std::string message;           ///< what is wrong then, and what would be right
    bool holds_more = false;       ///< another record may have gone into it
};

/// True where attribute descriptions are the same: without regard to case (RFC 4512 2.5).
bool same_name(std::string_view a, std::string_view b);

/// Reads an LDIF file of content records from start to end. Takes a byte order mark, folded lines,
/// comments, base64, a version line, and what ldapsearch says of its search; refuses, record by
/// record, URLs and records of changes.
class RecordReader {
 public:
    /// Throws Error(connection) where the file cannot be read.
    explicit RecordReader(const std::string& path);

    /// Moves to the next record; false at the end. A flawed record is returned like any other.
    bool next();
    const Record& record() const { return record_; }

    /// After the end: why what was read may not be the whole file; empty where it is. A file whose
    /// last line has no end was cut short, for every line of LDIF has one.
    const std::string& cut_short() const { return cut_short_; }

    const InputFile& file() const { return file_; }
    std::uint64_t bytes() const { return consumed_; }  ///< up to the end of the record

 private:
    struct Span {
        std::size_t offset;
        std::size_t length;
    };

    bool find_block();
    void refill();
    void finish();
    void parse(std::string_view block);
    void parse_line(std::string_view line);
    bool take_search_result();
    void unfold(std::string_view block);
    void refuse_value(std::string_view name, const char* flaw, std::string message);
    void refuse(const char* flaw, std::string message);

    InputFile file_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  // of what is not consumed, in the buffer
    std::size_t end_ = 0;
    bool last_ = false;  // nothing comes after end_
    bool first_ = true;  // a version line may come
    bool ended_ = false;
    std::uint64_t consumed_ = 0;
    std::uint64_t line_ = 1;
    std::size_t block_bytes_ = 0;  // of the block found: up to and with the empty line behind it
    std::string unfolded_;         // logical lines without folds and comments
    std::vector<Span> lines_;
    std::vector<std::string> decoded_;  // base64 values of the record; reused
    std::size_t decoded_count_ = 0;
    Record record_;
    std::string cut_short_;
};

}  // namespace muster::ldif
