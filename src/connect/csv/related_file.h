#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connector.h"
#include "connect/csv/layout.h"
#include "connect/csv/row_parser.h"
#include "connect/input_file.h"

namespace muster::csv {

/// The anchors somebody asked for.
using Anchors = boost::unordered_flat_set<std::string_view>;

/// What a related file is read with.
struct RelatedScan {
    const Schema& schema;
    const TypeLayout& type;
    char delimiter;
    bool trim = false;                                  ///< see Layout
    const Anchors* wanted = nullptr;                    ///< only rows with these keys; null: all
    EntrySink* problems = nullptr;                      ///< null: they were reported before
    std::function<bool(std::uint64_t bytes)> progress;  ///< answers whether to go on
};

/// One related file, with an index of its rows by key for every attribute that uses it: 16 bytes a
/// row and attribute. Values stay in the file and are read again when their parent comes.
class RelatedFile {
 public:
    /// `columns` are the attributes of the type that use this file.
    RelatedFile(const std::string& path, std::span<const Column* const> columns);

    /// Reads the file and builds the indexes. Throws as Reader does.
    void scan(const RelatedScan& scan);
    /// Why the indexes cannot be trusted; empty where they can.
    const std::string& cut_short() const { return cut_short_; }

    /// Gives every distinct value of an object in the order of the file; problems go to `sink`.
    /// `value` sees its text during the call only.
    using Value = std::function<void(const Column& column, std::string_view text)>;
    void values(std::string_view anchor, EntrySink& sink, const Value& value);
    /// What keeps the values of an object from being known: a row of it that cannot be read. Empty
    /// where nothing does.
    std::string flaw_of(std::string_view anchor) const;
    /// Values of rows whose key is empty or cannot be anybody's, as they stand there.
    const std::vector<std::pair<const Column*, std::string>>& ownerless() const {
        return ownerless_;
    }
    /// The attributes that use this file.
    std::vector<AttributeId> attributes() const;
    /// Marks an object as there, without giving its values.
    void claim(std::string_view anchor);

    /// Tells of keys that no object claimed: one problem for each.
    void report_unclaimed(EntrySink& sink);
    /// True where the file was written to since it was opened.
    bool changed() const { return file_.changed(); }
    std::uint64_t size() const { return file_.size(); }
    const std::string& name() const { return file_.name(); }

 private:
    struct Reference {
        std::uint64_t hash;
        std::uint64_t offset;
        friend auto operator<=>(const Reference&, const Reference&) = default;
    };
    struct Index {
        const Column* column;
        std::size_t value = 0;  // position of the value's column
        std::size_t where = 0;  // and of the condition's
        std::vector<Reference> rows;
        std::vector<bool> claimed;  // beside the first row of each key
    };
    struct Checkpoint {
        std::uint64_t offset;
        std::uint64_t line;
    };

    void index_row(const Row& row, const RelatedScan& scan);
    void note_flawed(const Row& row, const RelatedScan& scan);
    bool note_untidy(const Row& row, const RelatedScan& scan);
    void note_ownerless(const Row& row);
    bool usable_key(std::string_view key);
    std::string_view canonical_key(std::string_view key);
    std::span<const Reference> find(Index& index, std::uint64_t hash);
    const Row& row_at(std::uint64_t offset);
    std::uint64_t line_of(std::uint64_t offset) const;
    ReadProblem problem(std::uint64_t line, const char* code, std::string message) const;

    InputFile file_;
    std::vector<Index> indexes_;
    std::vector<std::string> header_;
    std::size_t key_ = 0;
    TypeId type_;
    const Schema* schema_ = nullptr;
    char delimiter_ = ',';
    bool trim_ = false;
    boost::unordered_flat_map<std::uint64_t, std::uint64_t>
        flawed_;  ///< by hash of the key: the line of a row that cannot be read
    std::vector<std::pair<const Column*, std::string>> ownerless_;
    std::vector<Checkpoint> checkpoints_;  // one in 64 KiB, to find line numbers again
    std::string cut_short_;
    std::string key_buffer_;
    std::string tidy_buffer_;
    std::vector<std::uint64_t> told_;  // offsets of this object's rows already complained of

    std::vector<char> window_;  // part of the file around the last row read again
    std::uint64_t window_offset_ = 0;
    std::size_t window_bytes_ = 0;
    bool window_last_ = false;  // reaches to the end of the file
    RowParser parser_{','};
    Row row_;
};

}  // namespace muster::csv
