#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "connect/connector.h"
#include "connect/csv/layout.h"
#include "connect/csv/row_parser.h"
#include "connect/input_file.h"

namespace muster::csv {

/// The file of one type, held to be changed: its text once, and about 50 bytes a row. Keeps columns
/// and rows that are none of ours.
///
///   load → apply()… → save() → apply()… → save()
class Editor {
 public:
    /// Loads the file; a missing one is empty. Throws Error(data) where it has a row that cannot be
    /// read, and could hence not be kept.
    Editor(const Schema& schema, const Layout& layout, const TypeLayout& type);

    /// Carries out an operation in memory.
    Outcome apply(const Operation& operation);
    bool dirty() const { return dirty_; }
    /// Replaces the file. Returns false where the new one is in place but might not survive a power
    /// cut. Throws Error(connection) with the old one in place, also where somebody else wrote to
    /// it since it was loaded.
    [[nodiscard]] bool save();

 private:
    using Cells = std::vector<std::string>;
    struct Line {
        std::uint64_t offset;  // in text_
        std::uint32_t length;
        bool erased = false;
    };
    struct Refusal {
        const char* code;
        std::string message;
    };
    static constexpr std::uint32_t kTwice = UINT32_MAX;  // several rows have the anchor

    void load();
    void new_header();
    void place_columns();
    void keep(const Row& row);
    std::uint32_t add_line(const Cells& cells);
    Cells cells_of(const Line& line);
    std::optional<Refusal> create(const Operation& operation, Outcome& outcome);
    std::optional<Refusal> modify(const Operation& operation, Outcome& outcome);
    std::optional<Refusal> erase(const Operation& operation);
    std::optional<Refusal> change(Cells& cells, const ValueChange& change) const;
    std::optional<Refusal> find_anchor(const Cells& cells, std::string& anchor) const;
    std::vector<std::uint32_t> sorted();

    const Schema& schema_;
    const Layout& layout_;
    const TypeLayout& type_;
    FileStamp stamp_;
    bool mark_ = false;
    std::string line_end_ = "\n";
    std::vector<std::string> header_;
    std::vector<std::size_t> position_;  // of each of the type's columns in the header
    std::vector<std::size_t> sort_;      // positions of the columns to sort by
    std::string text_;                   // lines, as they will be written
    std::vector<Line> lines_;
    boost::unordered_flat_map<Digest, std::uint32_t> by_anchor_;
    bool dirty_ = false;
    RowParser parser_;
    Row row_;
    std::vector<char> scratch_;
};

}  // namespace muster::csv
