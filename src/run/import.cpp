#include "run/import.h"

#include <algorithm>

#include "base/dn.h"
#include "model/connector_settings.h"
#include "run/equalities.h"
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
            for (const auto target : attribute.targets) {  // who answers depends on them
                digester.add(schema.type(target).name);
                for (const auto anchor : schema.type(target).anchor) {
                    digester.add(schema.attribute(anchor).name);
                }
            }
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
        for (const auto target : attribute.targets) {
            visit(schema, target, visiting, order);
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

/// What a connector has decided is told when it is first known, and when it changes.
std::string told_when_new(Step& step, View& view, SpaceId system, const std::string& notice) {
    const auto name = "notice of " + step.schema().space(system).name;
    if (view.meta(name) == notice) {
        return {};
    }
    auto changes = step.changes();
    changes.meta.emplace_back(name, notice);
    step.context().store.commit(changes);
    return notice;
}

/// Whether the system has shown an object of the type at or below a name. Reads all it has shown.
bool any_below(View& view, SpaceId system, TypeId type, std::string_view name) {
    bool any = false;
    view.index(system, [&](const IndexRow& row) {
        any = any || (row.type == type && row.state != ObjectState::provisioning &&
                      dn_is_within(row.name, name));
    });
    return any;
}

}  // namespace

std::string import_system(Step& step, Workers& workers, Connector& connector, SpaceId system) {
    const auto& schema = step.schema();
    ReadRequest request;
    request.types = reading_order(schema, system);
    const bool named =
        find_connector_spec(step.context().configuration.system(system).connector)->named;
    request.progress = [&](std::uint64_t done, std::uint64_t total) {
        step.progress(done, total, named ? "entries" : "bytes");
    };
    request.seen_below = [&step, system](TypeId type, std::string_view name) {
        return any_below(*step.context().store.view(), system, type, name);
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
    remember_equalities(step, *workers.own().view, system, result.equalities);
    importer.refuse_duplicates();
    importer.settle_names(result.incomplete_because.empty());
    importer.settle_links();
    const bool whole = result.incomplete_because.empty();
    const bool accepted = std::ranges::count(step.context().options.accept_incomplete, system) > 0;
    for (const auto type : request.types) {  // of what was not read at all nothing is known
        if (accepted && importer.showed(type) && std::ranges::count(result.complete, type) == 0) {
            result.complete.push_back(type);
        }
    }
    importer.mark_gone(result.complete, accepted);
    if (whole || accepted) {  // else what was sent may be what was not shown
        importer.settle_exports({});
    }
    importer.finish(whole);
    note_incomplete_read(step, *workers.own().view, system,
                         accepted ? "" : result.incomplete_because);
    if (!whole) {
        step.item({{},
                   {},
                   schema.space(system).name,
                   {},
                   {},
                   "incomplete-read",
                   (accepted ? "accepted as if everything had been read: "
                             : "not everything could be read, so nothing is taken for deleted, and "
                               "nothing is created, deleted or renamed there: ") +
                       result.incomplete_because,
                   {}});
    }
    if (!whole && !accepted) {
        step.failed();
    }
    return told_when_new(step, *workers.own().view, system, result.notice);
}

std::string incomplete_read(View& view, const Schema& schema, SpaceId system) {
    return view.meta("incomplete read of " + schema.space(system).name);
}

void note_incomplete_read(Step& step, View& view, SpaceId system, std::string_view because) {
    if (incomplete_read(view, step.schema(), system) != because) {
        ChangeSet changes = step.changes();
        changes.meta.emplace_back("incomplete read of " + step.schema().space(system).name,
                                  because);
        step.context().store.commit(changes);
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
    importer.settle_names(false);
    importer.settle_links();
    importer.mark_absent(objects);
    importer.settle_exports(objects);
    importer.finish(false);
}

}  // namespace muster
