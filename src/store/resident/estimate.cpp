#include "store/resident/estimate.h"

#include <algorithm>

#include "store/resident/memory_cost.h"
#include "store/resident/packed_object.h"

namespace muster::resident {
namespace {

// What is added to an object's packed bytes and to a link, as measured (docs/operations.md).
constexpr std::size_t kBytesBesideObject = 120;
constexpr std::size_t kBytesPerLink = 12;
constexpr std::size_t kSample = 200;  // objects of a type

std::size_t packed_size(View& view, const Schema& schema, TypeId type) {
    std::vector<ObjectId> ids;
    view.objects(type, {}, kSample, ids);
    std::vector<Object> objects;
    view.hydrate(ids, objects);
    std::size_t sum = 0;
    std::string values;
    std::string packed;
    for (const auto& object : objects) {
        values.clear();
        packed.clear();
        pack_values(object.attributes, schema.type(type), values);
        pack(object, {object.anchor, object.name, values}, packed);
        sum += heap_cost(packed.size());
    }
    return sum / std::max<std::size_t>(1, objects.size());
}

}  // namespace

std::size_t estimate_bytes(View& view, const Schema& schema) {
    std::size_t sum = 0;
    for (const auto& space : schema.spaces()) {
        for (const auto& population : view.population(space.id)) {
            const std::size_t each =
                population.attribute
                    ? kBytesPerLink
                    : kBytesBesideObject + packed_size(view, schema, population.type);
            sum += population.count * each;
        }
    }
    return sum;
}

}  // namespace muster::resident
