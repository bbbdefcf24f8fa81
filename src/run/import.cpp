#include "run/import.h"

#include <algorithm>

#include "model/connector_settings.h"
#include "run/importer.h"

namespace muster {

namespace {

/// What separates payloads read under different declarations of a type.
std::vector<std::uint64_t> schema_seeds(const Schema& schema) {
    std::vector<std::uint64_t> seeds(schema.types().size() + 1);
    Digester digester;
    for (const auto& type : schema.types()) {
        digester.reset();
        for (const auto& attribute : schema.attributes(type.id)) {
            digester.add(attribute.name);
            digester.add(static_cast<std::uint64_t>(attribute.id.value) << 8 |
                         static_cast<std::uint64_t>(attribute.type) << 1 |
                         static_cast<std::uint64_t>(attribute.multi));
        }
        seeds[type.id.value] = digester.finish().low;
    }
    return seeds;
}

void visit(const Schema& schema, TypeId type, std::vector<TypeId>& visiting,
           std::vector<TypeId>& order) {
    if (std::ranges::count(visiting, type) > 0) {
        return;
    }
    visiting.push_back(type);
    for (const auto& attribute : schema.attributes(type)) {
        if (attribute.type == Type::reference && attribute.target) {
            visit(schema, attribute.target, visiting, order);
        }
    }
    order.push_back(type);
}

/// Types of a system, those that others refer to first, so that few references wait for their
/// target.
std::vector<TypeId> reading_order(const Schema& schema, SpaceId system) {
    std::vector<TypeId> visiting;
    std::vector<TypeId> order;
    for (const auto type : schema.space(system).types) {
        visit(schema, type, visiting, order);
    }
    return order;
}

}  // namespace

void import_system(Step& step, Workers& workers, Connector& connector, SpaceId system) {
    const auto& schema = step.schema();
    ReadRequest request;
    request.types = reading_order(schema, system);
    const bool named =
        find_connector_spec(step.context().configuration.system(system).connector)->named;
    request.progress = [&](std::uint64_t done, std::uint64_t total) {
        step.progress(done, total, named ? "entries" : "bytes");
    };
    Importer importer(step, workers, system);
    ReadResult result;
    {
        Reader reader(
            [&](EntrySink& sink, std::stop_token stop) {
                request.stop = std::move(stop);
                return connector.read(request, sink);
            },
            schema_seeds(schema), step.context().options.page_objects, step.context().options.stop);
        importer.take(reader);
        result = reader.result();
    }
    importer.refuse_duplicates();
    importer.settle_links();
    importer.mark_gone(result.complete);
    importer.settle_exports({});
    importer.finish(result.incomplete_because.empty());
    if (!result.incomplete_because.empty()) {
        step.item({{},
                   {},
                   schema.space(system).name,
                   {},
                   {},
                   "incomplete-read",
                   "not everything could be read, so nothing is taken for deleted: " +
                       result.incomplete_because,
                   {}});
    }
}

void confirm_objects(Step& step, Workers& workers, Connector& connector, SpaceId system,
                     std::span<const ObjectId> objects) {
    std::vector<Object> present;
    workers.own().view->hydrate(objects, present);
    std::erase_if(present, [](const Object& object) { return !object.id; });
    std::vector<Locator> locators;
    locators.reserve(present.size());
    for (const auto& object : present) {
        locators.push_back({object.type, object.anchor, object.name});
    }
    Importer importer(step, workers, system, present);
    {
        Reader reader(
            [&](EntrySink& sink, std::stop_token stop) {
                connector.fetch(locators, sink, std::move(stop));
                return ReadResult{};
            },
            schema_seeds(step.schema()), step.context().options.page_objects,
            step.context().options.stop);
        importer.take(reader);
    }
    importer.refuse_duplicates();
    importer.settle_links();
    importer.mark_absent(objects);
    importer.settle_exports(objects);
    importer.finish(false);
}

}  // namespace muster
