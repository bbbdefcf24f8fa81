#include "connect/ldif/editor.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>

#include "base/dn.h"
#include "base/error.h"
#include "connect/ldap/ldap_values.h"
#include "connect/ldif/writer.h"
#include "connect/replace_file.h"

namespace muster::ldif {

namespace {

void pack(std::string& out, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out += text;
}

std::string_view unpack(std::string_view& in) {
    std::uint32_t size = 0;
    std::memcpy(&size, in.data(), sizeof size);
    const auto text = in.substr(sizeof size, size);
    in.remove_prefix(sizeof size + size);
    return text;
}

std::string pack(const Draft& draft) {
    std::string out;
    pack(out, draft.dn);
    for (const auto& [name, value] : draft.fields) {
        pack(out, name);
        pack(out, value);
    }
    return out;
}

Draft unpack_draft(std::string_view packed) {
    Draft draft;
    draft.dn = unpack(packed);
    while (!packed.empty()) {
        const auto name = unpack(packed);
        draft.fields.emplace_back(name, unpack(packed));
    }
    return draft;
}

Record view_of(const Draft& draft) {
    Record record;
    record.dn = draft.dn;
    for (const auto& [name, value] : draft.fields) {
        record.fields.push_back({name, value});
    }
    return record;
}

/// The bytes of a value in the form in which they are compared.
std::string comparable(const AttributeLayout& attribute, std::string_view bytes) {
    if (attribute.type == Type::reference) {
        return normalize_dn(bytes);
    }
    std::string text_buffer;
    std::string buffer;
    const auto text = from_ldap(attribute.type, bytes, text_buffer);
    const auto made = text ? canonical(attribute.type, *text, buffer) : std::nullopt;
    return std::string(made ? *made : bytes);
}

/// Replaces the attribute's values where they stand, in order, by what the change makes of them.
void change_values(Draft& draft, const AttributeLayout& attribute, const ValueChange& change) {
    const auto bytes_of = [&](const std::string& value) {
        return to_ldap(attribute.type, attribute.name, value);
    };
    const auto is_it = [&](const auto& field) {
        return is_of_attribute(field.first, attribute.name);
    };
    std::map<std::string, std::string> values;  // bytes, by the form in which they are compared
    if (!change.clear && (attribute.multi || change.add.empty())) {
        for (const auto& field : draft.fields) {
            if (is_it(field)) {
                values.emplace(comparable(attribute, field.second), field.second);
            }
        }
    }
    for (const auto& value : change.remove) {
        values.erase(comparable(attribute, bytes_of(value)));
    }
    for (const auto& value : change.add) {
        auto bytes = bytes_of(value);
        values.emplace(comparable(attribute, bytes), std::move(bytes));
    }
    const auto place = std::ranges::find_if(draft.fields, is_it) - draft.fields.begin();
    std::erase_if(draft.fields, is_it);
    std::vector<std::pair<std::string, std::string>> fields;
    fields.reserve(values.size());
    for (auto& [compared, bytes] : values) {
        fields.emplace_back(attribute.name, std::move(bytes));
    }
    draft.fields.insert(draft.fields.begin() + place, std::make_move_iterator(fields.begin()),
                        std::make_move_iterator(fields.end()));
}

/// Orders records so that parents stand before their children, and subtrees together.
std::string tree_key(std::string_view dn) {
    const auto parsed = parse_dn(dn);
    std::string key;
    if (parsed) {
        for (auto rdn = parsed->rbegin(); rdn != parsed->rend(); ++rdn) {
            key += normalize_dn(format_dn({*rdn}));
            key += '\0';
        }
    }
    return key;
}

std::string format(const Draft& draft) {
    std::string out = "\n";
    append_line(out, "dn", draft.dn);
    for (const auto& [name, value] : draft.fields) {
        append_line(out, name, value);
    }
    return out;
}

}  // namespace

Editor::Editor(const Schema& schema, const Layout& layout, std::string path)
    : schema_(schema), layout_(layout), path_(std::move(path)), stamp_(stamp_of(path_)) {
    if (stamp_ != FileStamp{}) {
        load();
    }
}

void Editor::load() {
    RecordReader reader(path_);
    stamp_ = reader.file().stamp();
    while (reader.next()) {
        const auto& record = reader.record();
        if (record.flaw != nullptr || !record.flaws.empty()) {
            const auto what = record.flaw != nullptr ? record.message
                                                     : fmt::format("'{}': {}", record.flaws[0].name,
                                                                   record.flaws[0].message);
            throw Error(ErrorCode::data, fmt::format("{}:{}: {}", path_, record.line, what),
                        "mend the record: a file is rewritten only where every record can be kept");
        }
        Draft draft{std::string(record.dn), {}};
        for (const auto& field : record.fields) {
            draft.fields.emplace_back(field.name, field.value);
        }
        const auto number = static_cast<std::uint32_t>(records_.size());
        records_.push_back(pack(draft));
        for (const auto& key : keys_of(draft)) {
            const auto [place, added] = by_key_.emplace(key, number);
            if (!added) {
                place->second = kTwice;
            }
        }
    }
    if (!reader.cut_short().empty()) {
        throw Error(ErrorCode::data, reader.cut_short(), "run again when the file is whole");
    }
}

/// Under what a record is found: its DN, and its anchor in every type it is of.
std::vector<Digest> Editor::keys_of(const Draft& draft) const {
    std::vector<Digest> keys{digest(normalize_dn(draft.dn))};
    const auto record = view_of(draft);
    for (const auto& type : layout_.types) {
        if (type.path != path_ || !is_of_type(record, type)) {
            continue;
        }
        std::string buffer;
        const auto anchor = record_anchor(schema_, type, record, buffer);
        if (anchor.flaw == AnchorFlaw::none) {
            keys.push_back(digest(anchor.text, type.type.value));
        }
    }
    return keys;
}

std::string Editor::anchor_of(const TypeLayout& type, const Draft& draft) const {
    std::string buffer;
    const auto anchor = record_anchor(schema_, type, view_of(draft), buffer);
    return std::string(anchor.text);
}

Outcome Editor::apply(const Operation& operation) {
    Outcome outcome;
    outcome.id = operation.id;
    std::optional<Refusal> refusal;
    switch (operation.kind) {
        case Operation::Kind::create:
            refusal = create(operation, outcome);
            break;
        case Operation::Kind::modify:
        case Operation::Kind::rename:
            refusal = change(operation, outcome);
            break;
        case Operation::Kind::erase:
            refusal = erase(operation);
            break;
    }
    if (refusal) {
        outcome.result = Outcome::Result::refused;
        outcome.code = refusal->code;
        outcome.message = fmt::format("{}: {}", path_, refusal->message);
    }
    return outcome;
}

std::optional<Editor::Refusal> Editor::create(const Operation& operation, Outcome& outcome) {
    const auto& type = layout_.type(operation.type);
    Draft draft{operation.new_name, {}};
    for (const auto& name : type.classes) {
        draft.fields.emplace_back("objectClass", name);
    }
    for (const auto& one : operation.changes) {
        const auto place = one.attribute.value - schema_.type(type.type).first.value;
        change_values(draft, type.attributes[static_cast<std::size_t>(place)], one);
    }
    const auto number = static_cast<std::uint32_t>(records_.size());
    records_.emplace_back();
    auto refusal = put(operation, number, draft, outcome);
    if (refusal) {
        records_.pop_back();
    }
    return refusal;
}

std::optional<Editor::Refusal> Editor::change(const Operation& operation, Outcome& outcome) {
    const auto& type = layout_.type(operation.type);
    const auto found = by_key_.find(digest(operation.anchor, type.type.value));
    if (found == by_key_.end()) {
        return Refusal{"ldif-missing", fmt::format("there is no record '{}' any more; the next "
                                                   "import will notice",
                                                   operation.anchor)};
    }
    if (found->second == kTwice) {
        return Refusal{"ldif-duplicate",
                       fmt::format("several records are '{}'; leave only one", operation.anchor)};
    }
    const auto number = found->second;
    auto draft = unpack_draft(records_[number]);
    if (operation.kind == Operation::Kind::rename) {
        draft.dn = operation.new_name;
    }
    for (const auto& one : operation.changes) {
        const auto place = one.attribute.value - schema_.type(type.type).first.value;
        change_values(draft, type.attributes[static_cast<std::size_t>(place)], one);
    }
    return put(operation, number, draft, outcome);
}

/// Puts the draft in the place of a record (of none, where that is empty), unless it would then
/// have another one's DN or anchor.
std::optional<Editor::Refusal> Editor::put(const Operation& operation, std::uint32_t number,
                                           const Draft& draft, Outcome& outcome) {
    if (!parse_dn(draft.dn) || draft.dn.empty()) {
        return Refusal{"ldif-bad-dn", fmt::format("'{}' is no DN", draft.dn)};
    }
    auto anchor = anchor_of(layout_.type(operation.type), draft);
    if (anchor.empty()) {
        return Refusal{"ldif-no-anchor",
                       fmt::format("'{}' would have no anchor; let a flow give it one, or name no "
                                   "anchor so that the DN is it",
                                   draft.dn)};
    }
    const auto keys = keys_of(draft);
    for (const auto& key : keys) {
        const auto other = by_key_.find(key);
        if (other != by_key_.end() && other->second != number) {
            return Refusal{"ldif-exists", fmt::format("there is a record '{}' already", draft.dn)};
        }
    }
    if (!records_[number].empty()) {
        for (const auto& key : keys_of(unpack_draft(records_[number]))) {
            by_key_.erase(key);
        }
    }
    for (const auto& key : keys) {
        by_key_.emplace(key, number);
    }
    records_[number] = pack(draft);
    dirty_ = true;
    if (anchor != operation.anchor) {
        outcome.anchor = std::move(anchor);
    }
    return std::nullopt;
}

std::optional<Editor::Refusal> Editor::erase(const Operation& operation) {
    const auto found = by_key_.find(digest(operation.anchor, operation.type.value));
    if (found == by_key_.end()) {
        return std::nullopt;  // as wished
    }
    const auto number = found->second;
    if (number == kTwice) {
        return Refusal{"ldif-duplicate",
                       fmt::format("several records are '{}'; leave only one", operation.anchor)};
    }
    for (const auto& key : keys_of(unpack_draft(records_[number]))) {
        by_key_.erase(key);
    }
    records_[number].clear();
    dirty_ = true;
    return std::nullopt;
}

bool Editor::save() {
    struct Place {
        std::string key;
        std::uint32_t number;
        auto operator<=>(const Place&) const = default;
    };
    std::vector<Place> order;
    for (std::uint32_t i = 0; i < records_.size(); ++i) {
        if (!records_[i].empty()) {
            std::string_view packed = records_[i];
            order.push_back({tree_key(unpack(packed)), i});
        }
    }
    std::ranges::sort(order);
    ReplaceFile file(path_);
    file.append("version: 1\n");
    for (const auto& place : order) {
        file.append(format(unpack_draft(records_[place.number])));
    }
    file.prepare();
    if (stamp_of(path_) != stamp_) {
        throw Error(ErrorCode::connection,
                    path_ + " was written to by somebody else; nothing was replaced",
                    "import it again, then export");
    }
    const bool durable = file.replace();
    stamp_ = stamp_of(path_);
    dirty_ = false;
    return durable;
}

}  // namespace muster::ldif
