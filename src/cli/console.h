#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace muster {

/// Where a command writes: results to `out`, progress and errors to `err`.
struct Console {
    std::ostream& out;
    std::ostream& err;
    bool out_terminal = false;  ///< a person is looking: long lists are cut, ages are relative
    bool err_terminal = false;  ///< progress is shown
    bool colour = false;        ///< on `out`; never in a pipe
    std::size_t width = 0;      ///< columns of `out`; 0: no bound, as in a pipe
};

enum class Style : std::uint8_t { plain, strong, faint, good, warning, bad };

/// The text in a style where the console has colours, else as it is.
std::string styled(const Console& console, Style style, std::string_view text);

/// Data for a terminal or a pipe read line by line: control characters become \n, \t, \x1b, so
/// that no value can move the cursor or forge a line.
std::string printable(std::string_view text);

/// "1,234,567"
std::string thousands(std::uint64_t number);
/// "0.02 s", "3 min 20 s", "2 h 5 min"
std::string duration_text(double seconds);
/// "1 system", "2,000 systems"
std::string counted(std::uint64_t number, std::string_view noun);
/// "2026-03-01T09:30:00Z", to the second.
std::string moment_text(Instant moment);
/// "12 s ago", "3 days ago"
std::string age_text(Instant then, Instant present);

/// Columns a text takes on a terminal (wide and combining characters counted as such).
std::size_t display_width(std::string_view text);

/// The text in lines no wider than the console, folded between words (a word that is wider stands
/// alone). Lines after the first start with `indent`; `used` columns of the first are taken
/// already. Styles do not count: give it plain text.
std::string folded(const Console& console, std::string_view text, std::string_view indent,
                   std::size_t used = 0);

/// Lines of cells, aligned in columns. Cells are printed as given: put data through printable().
class Table {
 public:
    /// Columns whose position is in `right` are aligned to the right.
    explicit Table(std::vector<std::size_t> right = {}) : right_(std::move(right)) {}
    void add(std::vector<std::string> cells, Style style = Style::plain);
    bool empty() const { return rows_.empty(); }
    /// Every line starts with `indent` and ends without blanks. The last cell of a row is folded
    /// under itself where the console is too narrow for it.
    void print(const Console& console, std::string_view indent = "") const;

 private:
    struct Row {
        std::vector<std::string> cells;
        Style style;
    };
    std::vector<std::size_t> right_;
    std::vector<Row> rows_;
};

}  // namespace muster
