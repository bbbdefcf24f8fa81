#include "store/sqlite/link_writer.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "base/text.h"

namespace muster::sqlite {
namespace {

constexpr const char* kCure = "run `muster db check`; this is a defect of Muster worth reporting";

}  // namespace

void LinkWriter::links(std::span<const LinkWrite> writes, CommitNumber number,
                       PopulationSums& sums) {
    link_order_.clear();
    for (const LinkWrite& write : writes)
        link_order_.push_back(&write);
    std::sort(link_order_.begin(), link_order_.end(), [](const auto* a, const auto* b) {
        return std::tie(a->open, a->link.source, a->link) <
               std::tie(b->open, b->link.source, b->link);
    });
    for (const LinkWrite* write : link_order_) {
        const AttributeId attribute = write->link.attribute;
        if (write->open)
            open(write->link, number);
        else
            close(write->link, number);
        sums.link(attribute, schema_.attribute(attribute).owner, write->open ? 1 : -1);
    }
}

void LinkWriter::open(const Link& link, CommitNumber number) {
    open_.run(link.source, names_.stored(link.attribute), link.target, link.text, number);
}

void LinkWriter::close(const Link& link, CommitNumber number) {
    const std::int64_t attribute = names_.stored(link.attribute);
    bury_.run(link.source, attribute, link.target, link.text, number);
    if (close_.run(link.source, attribute, link.target, link.text) == 0)
        throw Error(ErrorCode::store,
                    fmt::format("no link {} → {}{} to close", link.source.value, link.target.value,
                                link.text),
                    kCure);
}

void LinkWriter::keys(std::span<const KeyWrite> writes) {
    key_order_.clear();
    for (const KeyWrite& write : writes)
        key_order_.push_back(&write);
    std::sort(key_order_.begin(), key_order_.end(), [](const auto* a, const auto* b) {
        return std::tie(a->add, a->key, a->space, a->value, a->object) <
               std::tie(b->add, b->key, b->space, b->value, b->object);
    });
    for (const KeyWrite* write : key_order_) {
        Statement& statement = write->add ? add_key_ : remove_key_;
        if (statement.run(names_.stored(write->key), names_.stored(write->space), write->value,
                          write->object) == 0)
            throw Error(
                ErrorCode::store,
                fmt::format("object {} has no key {} to remove", write->object.value, write->value),
                kCure);
    }
}

void LinkWriter::reservations(std::span<const Reservation> reservations) {
    for (const Reservation& reservation : reservations) {
        const std::int64_t attribute = names_.stored(reservation.attribute);
        const std::string folded = fold(reservation.value);
        if (reserve_.run(attribute, folded, reservation.value, reservation.owner) > 0)
            continue;
        Query owner = owner_(attribute, folded);
        if (!owner.next() || owner.text(0) != reservation.owner)
            throw Conflict{};
    }
}

}  // namespace muster::sqlite
