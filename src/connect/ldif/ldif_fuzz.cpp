#include <utility>
#include <vector>

#include "connect/file_fuzzing.h"
#include "connect/ldif/record_reader.h"
#include "connect/ldif/writer.h"

namespace {

using namespace muster;

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Content {
    std::vector<Fields> records;  // those without a flaw, the DN first
    bool flawed = false;
};

Content read(std::string_view text) {
    const muster::testing::MemoryFile file(text);
    ldif::RecordReader reader(file.path());
    Content content;
    std::uint64_t line = 0;
    while (reader.next()) {
        const auto& record = reader.record();
        MUSTER_ASSERT(record.line > line, "{} after {}", record.line, line);
        line = record.line;
        if (record.flaw != nullptr || !record.flaws.empty()) {
            content.flawed = true;
            MUSTER_ASSERT(!record.message.empty());
            continue;
        }
        Fields fields{{"dn", std::string(record.dn)}};
        for (const auto& field : record.fields) {
            fields.emplace_back(field.name, field.value);
        }
        content.records.push_back(std::move(fields));
    }
    return content;
}

}  // namespace

/// What could be read is read again after being written, and no byte sequence does harm.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto content = read({reinterpret_cast<const char*>(data), size});
    std::string written = "version: 1\n";
    for (const auto& record : content.records) {
        written += '\n';
        for (const auto& [name, value] : record) {
            ldif::append_line(written, name, value);
        }
    }
    const auto again = read(written);
    MUSTER_ASSERT(!again.flawed && again.records == content.records);
    return 0;
}
