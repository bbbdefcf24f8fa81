#pragma once

#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "model/schema.h"

namespace muster {

/// The scalar attributes of an object: sets of canonical values, in two buffers whatever their
/// number. Normalised (always, save between add() and normalise()): ordered by attribute, then by
/// value, each value once.
class Document {
    struct Slot {
        AttributeId attribute;
        std::uint32_t offset;
        std::uint32_t length;
    };

 public:
    /// One value and the attribute it belongs to; the view is into the document.
    struct Value {
        AttributeId attribute;
        std::string_view text;
    };

    class const_iterator {
     public:
        using value_type = Value;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::forward_iterator_tag;
        const_iterator() = default;
        const_iterator(const Slot* slot, const char* bytes) : slot_(slot), bytes_(bytes) {}
        Value operator*() const {
            return {slot_->attribute, {bytes_ + slot_->offset, slot_->length}};
        }
        const_iterator& operator++() { return ++slot_, *this; }
        const_iterator operator++(int) { return {slot_++, bytes_}; }
        friend bool operator==(const const_iterator& a, const const_iterator& b) {
            return a.slot_ == b.slot_;
        }
        friend difference_type operator-(const const_iterator& a, const const_iterator& b) {
            return a.slot_ - b.slot_;
        }

     private:
        const Slot* slot_ = nullptr;
        const char* bytes_ = nullptr;
    };

    /// Consecutive values; valid until the document changes.
    struct Range {
        const_iterator first;
        const_iterator last;
        const_iterator begin() const { return first; }
        const_iterator end() const { return last; }
        bool empty() const { return first == last; }
        std::size_t size() const { return static_cast<std::size_t>(last - first); }
        std::string_view front() const { return (*first).text; }
        friend bool operator==(const Range& a, const Range& b);
    };

    const_iterator begin() const { return {slots_.data(), bytes_.data()}; }
    const_iterator end() const { return {slots_.data() + slots_.size(), bytes_.data()}; }
    bool empty() const { return slots_.empty(); }
    std::size_t size() const { return slots_.size(); }  ///< values, not attributes
    /// What it holds beside itself, in bytes.
    std::size_t held_bytes() const { return slots_.capacity() * sizeof(Slot) + bytes_.capacity(); }

    /// The values of one attribute (empty where it has none).
    Range values(AttributeId attribute) const;
    /// The only or smallest value of an attribute; an empty view with no data where there is none.
    std::string_view first(AttributeId attribute) const;
    bool has(AttributeId attribute) const { return !values(attribute).empty(); }

    void clear();
    /// Appends a value in any order; call normalise() before reading. The text is copied.
    void add(AttributeId attribute, std::string_view text);
    void normalise();
    /// Replaces all values of an attribute; the document must be, and stays, normalised.
    void set(AttributeId attribute, std::span<const std::string_view> texts);

    friend bool operator==(const Document& a, const Document& b);

 private:
    std::vector<Slot> slots_;
    std::string bytes_;
};

/// Writes a document as one line of canonical JSON: attribute names ascending; a single-valued
/// attribute is a scalar, a multi-valued one an array; integers and booleans bare, every other type
/// a string. Appends to `out`.
void encode(const Document& document, const Schema& schema, std::string& out);

/// Reads what encode() wrote, for one type. Attributes the type does not have (any more) are left
/// out; values are taken as canonical. Throws Error(store) where the text is not such JSON.
void decode(std::string_view json, TypeId type, const Schema& schema, Document& out);

}  // namespace muster
