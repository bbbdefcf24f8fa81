#include <cstring>
#include <optional>
#include <vector>

#include "connect/csv/reader.h"
#include "connect/csv/writer.h"
#include "connect/file_fuzzing.h"

namespace {

using namespace muster;

struct Content {
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;  // those without a flaw
    bool flawed = false;
};

std::optional<Content> read(std::string_view text) {
    const muster::testing::MemoryFile file(text);
    try {
        csv::Reader reader(file.path(), ',');
        Content content{reader.header(), {}, false};
        std::uint64_t line = 1;
        while (reader.next()) {
            const auto& row = reader.row();
            MUSTER_ASSERT(row.line > line, "{} after {}", row.line, line);
            line = row.line;
            if (row.flaw == csv::RowFlaw::none) {
                content.rows.emplace_back(row.cells.begin(), row.cells.end());
            } else {
                content.flawed = true;
                MUSTER_ASSERT(!csv::describe_flaw(row, content.header.size()).message.empty());
            }
        }
        return content;
    } catch (const Error&) {
        return std::nullopt;  // an unusable header
    }
}

/// However the bytes arrive, the rows are the same.
void check_pieces(std::string_view text, std::size_t piece) {
    std::vector<char> padded(text.begin(), text.end());
    padded.resize(text.size() + csv::SpecialFinder::kReach);
    const char* end = padded.data() + text.size();
    csv::RowParser whole(',');
    csv::RowParser pieces(',');
    csv::Row expected;
    csv::Row row;
    for (const char* at = padded.data(); at < end;) {
        const char* next = whole.parse(at, end, true, expected);
        const char* found = nullptr;
        for (const char* seen = at; found == nullptr;) {
            seen = static_cast<std::size_t>(end - seen) > piece ? seen + piece : end;
            pieces.moved();
            if (seen > at) {
                found = pieces.parse(at, seen, seen == end, row);
            }
        }
        MUSTER_ASSERT(found == next && row.cells == expected.cells && row.flaw == expected.flaw);
        at = next;
    }
}

}  // namespace

/// What could be read is read again after being written, and no byte sequence does harm.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_pieces(text, 1 + size / 3);
    const auto content = read(text);
    if (!content) {
        return 0;
    }
    std::string written;
    csv::append_row(written, std::span<const std::string>(content->header), ',');
    for (const auto& row : content->rows) {
        written += '\n';
        csv::append_row(written, std::span<const std::string>(row), ',');
    }
    written += '\n';
    const auto again = read(written);
    MUSTER_ASSERT(again && !again->flawed && again->header == content->header &&
                  again->rows == content->rows);
    return 0;
}
