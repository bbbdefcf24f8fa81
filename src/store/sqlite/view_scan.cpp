#include "store/sqlite/sqlite_view.h"

namespace muster::sqlite {
namespace {

constexpr std::size_t kScanPage = 1'000;

/// A row of the link or key table as stored: where the next page goes on.
struct StoredRow {
    std::int64_t first = 0;
    std::int64_t second = 0;
    std::int64_t number = 0;
    std::string text;
};

}  // namespace

// One snapshot for all pages; none in preview, where no callback may run under the mutex and nobody
// else can write.

void SqliteView::scan_objects(const std::function<void(const Object&)>& each) {
    std::optional<Reading> whole;
    if (!source_.mutex)
        whole.emplace(source_);
    std::vector<Object> page(kScanPage);
    ObjectId after;
    for (std::size_t rows = kScanPage; rows == kScanPage;) {
        std::size_t known = 0;
        rows = 0;
        {
            const Reading reading(source_);
            for (Query row = scan_objects_(after, kScanPage); row.next(); ++rows) {
                after = row.id<ObjectId>(0);
                if (read_object(row, page[known]))
                    ++known;
            }
        }
        for (std::size_t i = 0; i < known; ++i)
            each(page[i]);
    }
}

void SqliteView::scan_joins(const std::function<void(const Join&)>& each) {
    const auto read = [this](const Query& row) -> std::optional<Join> {
        const TypeId type = names().type(row.integer(2));
        return type ? std::optional(Join{row.id<ObjectId>(0), row.id<ObjectId>(1), type})
                    : std::nullopt;
    };
    stream<Join>([&] { return scan_joins_(); }, read, each);
}

/// Rows in pages: `read(last, page)` reads those after `last` and returns how many, `each` gets
/// every row.
template <class Read, class Each>
void SqliteView::scan_pages(const Read& read, const Each& each) {
    std::optional<Reading> whole;
    if (!source_.mutex)
        whole.emplace(source_);
    std::vector<StoredRow> page(kScanPage);
    StoredRow last;
    for (std::size_t rows = kScanPage; rows == kScanPage;) {
        rows = 0;
        {
            const Reading reading(source_);
            for (Query row = read(last); row.next(); ++rows)
                page[rows] = {row.integer(0), row.integer(1), row.integer(2), row.string(3)};
        }
        for (std::size_t i = 0; i < rows; ++i)
            each(page[i]);
        if (rows > 0)
            last = page[rows - 1];
    }
}

void SqliteView::scan_links(const std::function<void(const Link&)>& each) {
    scan_pages(
        [this](const StoredRow& last) {
            return scan_links_(last.first, last.second, last.number, last.text, kScanPage);
        },
        [&](const StoredRow& row) {
            if (const AttributeId attribute = names().attribute(row.second))
                each({attribute, ObjectId(row.first), ObjectId(row.number), row.text});
        });
}

void SqliteView::scan_keys(const std::function<void(const KeyRow&)>& each) {
    scan_pages(
        [this](const StoredRow& last) {
            return scan_keys_(last.first, last.second, last.text, last.number, kScanPage);
        },
        [&](const StoredRow& row) {
            const KeyId key = names().key(row.first);
            const SpaceId space = names().space(row.second);
            if (key && space)
                each({key, space, row.text, ObjectId(row.number)});
        });
}

}  // namespace muster::sqlite
