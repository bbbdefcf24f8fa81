#include "store/transfer.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "base/error.h"

namespace muster {
namespace {

constexpr std::size_t kBatch = 2'000;

/// One spelling of a document, whatever the order of its names and its white space: databases keep
/// neither.
std::string canonical_document(const std::string& text) {
    boost::json::parse_options options;
    options.allow_invalid_utf8 = true;
    const auto document = boost::json::parse(text, {}, options).as_object();
    std::map<std::string_view, const boost::json::value*> sorted;
    for (const auto& [name, value] : document)
        sorted.emplace(std::string_view(name.data(), name.size()), &value);
    std::string out = "{";
    for (const auto& [name, value] : sorted)
        out += fmt::format("{}{}:{}", out.size() > 1 ? "," : "",
                           boost::json::serialize(boost::json::string_view(name)),
                           boost::json::serialize(*value));
    return out + "}";
}

void make_canonical(const TransferTable& table, TransferRow& row) {
    for (std::size_t i = 0; i < row.size(); ++i)
        if (std::string_view(table.columns[i]) == "attributes")
            row[i] = canonical_document(std::get<std::string>(row[i]));
}

/// Rows in any order: the sum of their digests, for each table.
class Sum {
 public:
    void add(const TransferRow& row) {
        digester_.reset();
        for (const TransferCell& cell : row) {
            digester_.add(static_cast<std::uint64_t>(cell.index()));
            if (const auto* number = std::get_if<std::int64_t>(&cell))
                digester_.add(static_cast<std::uint64_t>(*number));
            else if (const auto* text = std::get_if<std::string>(&cell))
                digester_.add(*text);
        }
        const Digest one = digester_.finish();
        table_.low += one.low;
        table_.high += one.high;
        ++rows_;
    }
    void end_table() {
        for (const std::uint64_t number : {rows_, table_.low, table_.high})
            all_.add(number);
        table_ = {};
        rows_ = 0;
    }
    Digest finish() const { return all_.finish(); }

 private:
    Digester digester_;
    Digester all_;
    Digest table_;
    std::uint64_t rows_ = 0;
};

}  // namespace

std::span<const TransferTable> transfer_tables() {
    static const std::vector<TransferTable> tables{
        {"names", {"id", "kind", "parent", "name", "definition", "redefined"}, 1},
        {"pattern", {"id", "text"}, 1},
        {"object",
         {"id", "space", "type", "flags", "joined", "commit_no", "provenance", "due", "payload_low",
          "payload_high", "name_key", "anchor", "name", "attributes"},
         1},
        {"link", {"source", "attribute", "target", "text", "opened"}, 4},
        {"link_past", {"source", "attribute", "target", "text", "opened", "closed"}, 5},
        {"key", {"key", "space", "value", "object"}, 4},
        {"reservation", {"attribute", "folded", "value", "owner"}, 2},
        {"commit", {"number", "time", "activity", "cause"}, 1},
        {"change", {"commit_no", "object", "space", "type", "previous", "kind", "delta"}, 2},
        {"export",
         {"object", "space", "type", "kind", "state", "released", "attempts", "cause", "planned",
          "error", "delta"},
         1},
        {"export_link", {"object", "attribute", "add", "target", "text", "state", "released"}, 5},
        {"activity",
         {"id", "parent", "kind", "system", "status", "started", "ended", "counters", "message"},
         1},
        {"item",
         {"id", "activity", "object", "system", "type", "anchor", "code", "message", "place"},
         1},
        {"follower", {"name", "position"}, 1},
        {"meta", {"name", "value"}, 1},
        {"population", {"space", "type", "attribute", "count"}, 3}};
    return tables;
}

TransferResult transfer(TransferEnd& from, TransferEnd& to,
                        const std::function<void(const char*, std::uint64_t)>& progress) {
    if (!to.empty())
        throw Error(ErrorCode::store, "the target of the move is not empty",
                    "name a database or a file that holds no store yet");
    TransferResult result;
    Sum before;
    for (const TransferTable& table : transfer_tables()) {
        std::vector<TransferRow> batch;
        std::uint64_t rows = 0;
        const auto flush = [&] {
            to.write(table, batch);
            rows += batch.size();
            batch.clear();
            if (progress)
                progress(table.name, rows);
        };
        from.read(table, [&](const TransferRow& row) {
            make_canonical(table, batch.emplace_back(row));
            before.add(batch.back());
            if (batch.size() == kBatch)
                flush();
        });
        if (!batch.empty())
            flush();
        before.end_table();
        result.rows += rows;
    }
    Sum after;
    for (const TransferTable& table : transfer_tables()) {
        to.read(table, [&](TransferRow row) {
            make_canonical(table, row);
            after.add(row);
        });
        after.end_table();
    }
    result.digest = before.finish();
    if (after.finish() != result.digest)
        throw Error(ErrorCode::store, "what was written is not what was read",
                    "run `muster db check` on the source; nothing was kept in the target");
    to.finish(from.next_ids());
    return result;
}

}  // namespace muster
