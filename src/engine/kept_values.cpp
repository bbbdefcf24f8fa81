#include "engine/kept_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/hash.h"

namespace muster {

namespace {

/// One line of notes: "times wanted shown name"; what is never read has been shown no times.
struct Note {
    int times = 0;
    std::string wanted;  ///< digest
    std::string shown;   ///< digest
    std::string name;
};

template <class Values>
std::string digest_of(const Values& values) {
    Digester digester;
    for (const auto& value : values) {
        digester.add(value);
    }
    const auto digest = digester.finish();
    return fmt::format("{:016x}{:016x}", digest.high, digest.low);
}

std::string digest_of(const Document& document, AttributeId attribute) {
    std::vector<std::string_view> values;
    for (const auto& value : document.values(attribute)) {
        values.push_back(value.text);
    }
    return digest_of(values);
}

std::vector<Note> notes_of(const Schema& schema, const Object& object) {
    std::vector<Note> notes;
    for (const auto& value : object.attributes.values(schema.type(object.type).kept)) {
        Note note;
        auto rest = value.text;
        const auto next = [&rest] {
            const auto end = std::min(rest.find(' '), rest.size());
            const auto word = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            return word;
        };
        const auto times = next();
        std::from_chars(times.data(), times.data() + times.size(), note.times);
        note.wanted = next();
        note.shown = next();
        note.name = rest;
        notes.push_back(std::move(note));
    }
    return notes;
}

void write_notes(const Schema& schema, const std::vector<Note>& notes, Object& object) {
    std::vector<std::string> lines;
    lines.reserve(notes.size());
    for (const auto& note : notes) {
        lines.push_back(fmt::format("{} {} {} {}", note.times, note.wanted, note.shown, note.name));
    }
    object.attributes.set(schema.type(object.type).kept,
                          std::vector<std::string_view>(lines.begin(), lines.end()));
}

const Note* find(const std::vector<Note>& notes, std::string_view name) {
    const auto found = std::ranges::find(notes, name, &Note::name);
    return found == notes.end() ? nullptr : &*found;
}

}  // namespace

void note_kept(const RuleBook& book, const Object& before, bool written, Object& after) {
    const auto& schema = book.schema();
    const auto known = notes_of(schema, before);
    if (!written && known.empty()) {
        return;
    }
    std::vector<Note> notes;
    for (const auto& attribute : schema.attributes(after.type)) {
        const auto* note = find(known, attribute.name);
        if (book.write_only(attribute.id)) {
            if (note != nullptr) {
                notes.push_back(*note);
            }
            continue;
        }
        const bool differs = written && !(before.attributes.values(attribute.id) ==
                                          after.attributes.values(attribute.id));
        if (!differs && note == nullptr) {
            continue;
        }
        auto shown = digest_of(after.attributes, attribute.id);
        if (differs) {
            auto wanted = digest_of(before.attributes, attribute.id);
            const int times = note != nullptr && note->wanted == wanted ? note->times + 1 : 1;
            notes.push_back({times, std::move(wanted), std::move(shown), attribute.name});
        } else if (shown == note->shown) {
            notes.push_back(*note);
        }
    }
    write_notes(schema, notes, after);
}

bool keeps_another(const Schema& schema, const Object& actual, AttributeId attribute,
                   std::span<const std::string> wanted) {
    const auto notes = notes_of(schema, actual);
    const auto* note = find(notes, schema.attribute(attribute).name);
    return note != nullptr && note->times >= kShownElsewise && note->wanted == digest_of(wanted);
}

bool was_given(const Schema& schema, const Object& actual, AttributeId attribute,
               std::span<const std::string> wanted) {
    const auto notes = notes_of(schema, actual);
    const auto* note = find(notes, schema.attribute(attribute).name);
    return note == nullptr ? wanted.empty() : note->wanted == digest_of(wanted);
}

void note_given(const Schema& schema, Object& object, AttributeId attribute,
                std::span<const std::string> values) {
    auto notes = notes_of(schema, object);
    const auto& name = schema.attribute(attribute).name;
    std::erase_if(notes, [&](const Note& note) { return note.name == name; });
    notes.push_back({0, digest_of(values), "-", name});
    object.attributes.set(attribute, {});
    write_notes(schema, notes, object);
}

}  // namespace muster
