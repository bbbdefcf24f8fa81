#include "store/view.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"

namespace muster {

void sort_links(std::vector<Link>& links, std::size_t start) {
    const auto before = [](const Link& a, const Link& b) {
        return std::tie(a.source, a.attribute, a.target, a.text) <
               std::tie(b.source, b.attribute, b.target, b.text);
    };
    const auto first = links.begin() + static_cast<std::ptrdiff_t>(start);
    if (!std::is_sorted(first, links.end(), before))
        std::sort(first, links.end(), before);
}

void View::identify(std::span<const ObjectId> ids, std::vector<Identity>& identities) {
    std::vector<Object> objects;
    hydrate(ids, objects);
    identities.clear();
    for (Object& object : objects)
        identities.push_back({object.id, object.state, std::move(object.anchor),
                              std::move(object.name), object.type});
}

void View::scan_joins(const std::function<void(const Join&)>& join) {
    scan_objects([&](const Object& object) {
        if (object.joined)
            join({object.joined, object.id, object.type});
    });
}

std::string_view change_kind_name(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::create:
            return "create";
        case ChangeKind::update:
            return "update";
        case ChangeKind::erase:
            return "delete";
    }
    MUSTER_ASSERT(false, "change kind {}", static_cast<int>(kind));
}

std::string_view export_kind_name(ExportKind kind) {
    switch (kind) {
        case ExportKind::create:
            return "create";
        case ExportKind::update:
            return "update";
        case ExportKind::disable:
            return "disable";
        case ExportKind::erase:
            return "delete";
    }
    MUSTER_ASSERT(false, "export kind {}", static_cast<int>(kind));
}

std::string_view export_state_name(ExportState state) {
    switch (state) {
        case ExportState::planned:
            return "planned";
        case ExportState::sent:
            return "sent";
        case ExportState::held:
            return "held";
        case ExportState::failed:
            return "failed";
    }
    MUSTER_ASSERT(false, "export state {}", static_cast<int>(state));
}

}  // namespace muster
