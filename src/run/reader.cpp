#include "run/reader.h"

#include <cstring>

#include "base/error.h"
#include "base/limits.h"

namespace muster {

void ReadBatch::add(const Entry& entry, std::uint64_t schema_seed) {
    Row row;
    row.type = entry.type;
    row.first_value = values_.size();
    const std::size_t start = bytes_.size();
    for (const auto& value : entry.values) {
        // Attribute and length go into the hashed bytes, so that moving a border changes the
        // payload.
        const std::uint32_t header[] = {value.attribute.value,
                                        static_cast<std::uint32_t>(value.text.size())};
        bytes_.append(reinterpret_cast<const char*>(header), sizeof header);
        values_.push_back({value.attribute, header[1], bytes_.size()});
        bytes_.append(value.text);
    }
    row.end_value = values_.size();
    const auto values_end = bytes_.size();
    bytes_.append(entry.name);  // the name is part of what must be unchanged
    for (const auto& flaw : entry.flaws) {
        bytes_.append(flaw.code).append(std::to_string(flaw.attribute.value));
    }
    row.payload = digest(std::string_view(bytes_).substr(start), schema_seed);
    bytes_.resize(values_end);
    row.text = bytes_.size();
    row.anchor_bytes = static_cast<std::uint32_t>(entry.anchor.size());
    row.name_bytes = static_cast<std::uint32_t>(entry.name.size());
    row.where_bytes = static_cast<std::uint32_t>(entry.where.size());
    bytes_.append(entry.anchor).append(entry.name).append(entry.where);
    row.first_flaw = flaws_.size();
    flaws_.insert(flaws_.end(), entry.flaws.begin(), entry.flaws.end());
    row.end_flaw = flaws_.size();
    if (entry.ownerless != nullptr) {
        ownerless_.try_emplace(entry.type, entry.ownerless);
    }
    rows_.push_back(row);
}

void ReadBatch::add(const ReadBatch& other, const Row& row) {
    Row copy = row;
    copy.first_value = values_.size();
    other.each_value(row, [this](AttributeId attribute, std::string_view text) {
        values_.push_back({attribute, static_cast<std::uint32_t>(text.size()), bytes_.size()});
        bytes_.append(text);
    });
    copy.end_value = values_.size();
    copy.text = bytes_.size();
    bytes_.append(other.bytes_, row.text, row.anchor_bytes + row.name_bytes + row.where_bytes);
    copy.first_flaw = flaws_.size();
    const auto flaws = other.flaws(row);
    flaws_.insert(flaws_.end(), flaws.begin(), flaws.end());
    copy.end_flaw = flaws_.size();
    if (const auto of_type = other.ownerless_.find(row.type); of_type != other.ownerless_.end()) {
        ownerless_.insert(*of_type);
    }
    rows_.push_back(copy);
}

namespace {

constexpr std::size_t kBatchBytes = 8u << 20;

/// Thrown through a connector to end a reading nobody waits for any more.
Error abandoned() {
    return {ErrorCode::cancelled, "the reading was given up"};
}

}  // namespace

class Reader::Sink : public EntrySink {
 public:
    explicit Sink(Reader& reader) : reader_(reader) {}

    void entry(const Entry& entry) override {
        batch_.add(entry, reader_.seeds_[entry.type.value]);
        if (batch_.rows().size() >= reader_.batch_rows_ || batch_.bytes() >= kBatchBytes) {
            flush();
        }
    }
    void problem(ReadProblem problem) override {
        batch_.problems.push_back(std::move(problem));
        if (batch_.problems.size() >= reader_.batch_rows_) {
            flush();
        }
    }
    void flush() {
        if (!batch_.empty()) {
            reader_.hand_over(std::move(batch_));
            batch_ = {};
        }
    }

 private:
    Reader& reader_;
    ReadBatch batch_;
};

Reader::Reader(Read read, std::vector<std::uint64_t> seeds, std::size_t batch_rows,
               std::stop_token stop)
    : seeds_(std::move(seeds)), batch_rows_(batch_rows) {
    outer_stop_.emplace(std::move(stop), std::function<void()>([this] { stop_.request_stop(); }));
    thread_ = std::thread([this, read = std::move(read)] {
        ReadResult result;
        std::exception_ptr failure;
        try {
            Sink sink(*this);
            result = read(sink, stop_.get_token());
            sink.flush();
        } catch (...) {
            failure = std::current_exception();  // rethrown by next()
        }
        const std::lock_guard lock(mutex_);
        result_ = std::move(result);
        failure_ = failure;
        done_ = true;
        changed_.notify_all();
    });
}

Reader::~Reader() {
    {
        const std::lock_guard lock(mutex_);
        abandoned_ = true;
    }
    stop_.request_stop();
    changed_.notify_all();
    thread_.join();
}

void Reader::hand_over(ReadBatch&& batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < limits::kPagesInFlight || abandoned_; });
    if (abandoned_) {
        throw abandoned();
    }
    waiting_.push_back(std::move(batch));
    changed_.notify_all();
}

std::optional<ReadBatch> Reader::next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_.empty() || done_; });
    if (waiting_.empty()) {
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        return std::nullopt;
    }
    std::optional<ReadBatch> batch(std::move(waiting_.front()));
    waiting_.pop_front();
    changed_.notify_all();
    return batch;
}

}  // namespace muster
