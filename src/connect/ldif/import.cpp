#include "connect/ldif/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>

#include "base/dn.h"
#include "base/error.h"
#include "base/limits.h"
#include "connect/ldap/ldap_values.h"

namespace muster::ldif {

namespace {

constexpr std::uint64_t kProgressRecords = 1'024;

class TypeImport {
 public:
    TypeImport(ImportContext& context, const TypeLayout& type)
        : context_(context), type_(type), reader_(type.path) {}

    std::string run() {
        std::uint64_t records = 0;
        const auto start = context_.bytes;
        while (reader_.next()) {
            record(reader_.record());
            if (++records % kProgressRecords == 0) {
                context_.bytes = start + reader_.bytes();
                if (!go_on()) {
                    return "the read was stopped";
                }
            }
        }
        context_.bytes = start + reader_.bytes();
        static_cast<void>(go_on());
        return reader_.cut_short().empty() ? unreadable_ : reader_.cut_short();
    }

 private:
    bool go_on() {
        if (context_.progress) {
            context_.progress(context_.bytes, std::max(context_.bytes, context_.total_bytes));
        }
        return !context_.stop.stop_requested();
    }

    void record(const Record& record) {
        where_ = fmt::format("{}:{}", reader_.file().name(), record.line);
        if (record.flaw != nullptr) {
            flawed(record, record.flaw, record.message);
            return;
        }
        if (const auto* flaw = flaw_of_key(record)) {
            flawed(record, flaw->code, fmt::format("'{}': {}", flaw->name, flaw->message));
            return;
        }
        if (!is_of_type(record, type_)) {
            return;
        }
        const auto anchor = record_anchor(context_.schema, type_, record, anchor_buffer_);
        if (anchor.flaw != AnchorFlaw::none) {
            refuse_anchor(record, anchor.flaw);
            return;
        }
        if (!is_wanted(anchor.text, record.dn)) {
            return;
        }
        if (!parse_dn(record.dn) || record.dn.size() > limits::kNameBytes) {
            report(std::string(anchor.text), "bad-dn",
                   fmt::format("'{}' is no DN", record.dn.substr(0, 80)));
            return;
        }
        values_.clear();
        flaws_.clear();
        for (const auto& field : record.fields) {
            add(field);
        }
        for (const auto& flaw : record.flaws) {
            if (const auto* attribute = attribute_of(flaw.name)) {
                flaws_.push_back({attribute->id, flaw.code, flaw.message});
            }
        }
        context_.sink.entry({type_.type, anchor.text, record.dn, values_, where_, flaws_});
    }

    /// What keeps a record from saying what it is, or whose.
    const FieldFlaw* flaw_of_key(const Record& record) const {
        const auto flaw = std::ranges::find_if(record.flaws, [&](const FieldFlaw& candidate) {
            return same_name(candidate.name, "objectClass") ||
                   std::ranges::any_of(type_.anchor, [&](std::size_t position) {
                       return is_of_attribute(candidate.name, type_.attributes[position].name);
                   });
        });
        return flaw == record.flaws.end() ? nullptr : &*flaw;
    }

    /// The attribute of the type that a field is of; null where it is of none.
    const AttributeLayout* attribute_of(std::string_view name) const {
        const auto attribute =
            std::ranges::find_if(type_.attributes, [&](const AttributeLayout& candidate) {
                return is_of_attribute(name, candidate.name);
            });
        return attribute == type_.attributes.end() ? nullptr : &*attribute;
    }

    void add(const Field& field) {
        const auto* attribute = attribute_of(field.name);
        if (attribute == nullptr || field.value.empty()) {
            return;
        }
        if (buffers_.size() <= values_.size()) {
            buffers_.emplace_back();
        }
        const auto text = from_ldap(attribute->type, field.value, buffers_[values_.size()]);
        if (text) {
            values_.push_back({attribute->id, *text});
        } else {
            flaws_.push_back({attribute->id, "not-utf8",
                              "a value holds bytes that are not UTF-8; is it binary?"});
        }
    }

    bool is_wanted(std::string_view anchor, std::string_view dn) const {
        return context_.wanted == nullptr || context_.wanted->anchors.contains(anchor) ||
               (!context_.wanted->names.empty() &&
                context_.wanted->names.contains(normalize_dn(dn)));
    }

    /// A record that cannot be read still shows that its object is there, if it says which.
    void flawed(const Record& record, const char* code, const std::string& message) {
        if (record.holds_more && unreadable_.empty()) {
            unreadable_ = where_ + ": a record cannot be read, and others may have gone into it";
        }
        const bool has_classes = first_value(record, "objectClass").data() != nullptr;
        if (has_classes && !is_of_type(record, type_)) {
            return;
        }
        std::string anchor;
        const auto made = record_anchor(context_.schema, type_, record, anchor_buffer_);
        if (made.flaw == AnchorFlaw::none) {
            anchor = made.text;
        }
        if (context_.wanted != nullptr) {
            if (anchor.empty() || !context_.wanted->anchors.contains(anchor)) {
                return;
            }
        } else if (anchor.empty() && unreadable_.empty()) {
            unreadable_ = where_ + ": a record cannot be read and does not say whose it is";
        }
        if (context_.told.emplace(type_.path, record.line).second) {
            report(std::move(anchor), code, message);
        }
    }

    void refuse_anchor(const Record& record, AnchorFlaw flaw) {
        if (context_.wanted != nullptr) {
            return;
        }
        const auto name =
            type_.anchor.empty() ? "the DN" : "'" + type_.attributes[type_.anchor[0]].name + "'";
        const auto dn = record.dn.substr(0, 80);
        switch (flaw) {
            case AnchorFlaw::empty:
                report({}, "no-anchor",
                       fmt::format("'{}' has no value in {}, which identifies records", dn, name),
                       true);
                return;
            case AnchorFlaw::not_canonical:
                report({}, "bad-anchor",
                       fmt::format("'{}': {} is not what its type takes", dn, name), true);
                return;
            case AnchorFlaw::too_long:
                report({}, "anchor-too-long",
                       fmt::format("'{}…': {} is longer than {} bytes", dn, name,
                                   limits::kAnchorBytes),
                       true);
                return;
            case AnchorFlaw::none:
                break;
        }
        MUSTER_ASSERT(false, "no flaw");
    }

    void report(std::string anchor, const char* code, std::string message, bool anybody = false) {
        ReadProblem problem;
        problem.type = type_.type;
        problem.anchor = std::move(anchor);
        problem.where = where_;
        problem.code = code;
        problem.message = std::move(message);
        problem.anybody = anybody;
        context_.sink.problem(std::move(problem));
    }

    ImportContext& context_;
    const TypeLayout& type_;
    RecordReader reader_;
    std::string where_;
    std::string anchor_buffer_;
    std::vector<EntryValue> values_;
    std::vector<EntryFlaw> flaws_;
    std::deque<std::string> buffers_;  // beside the values; they stay where they are
    std::string unreadable_;
};

}  // namespace

std::string import_type(ImportContext& context, const TypeLayout& type) {
    if (type.ours && stamp_of(type.path) == FileStamp{}) {
        return {};
    }
    return TypeImport(context, type).run();
}

}  // namespace muster::ldif
