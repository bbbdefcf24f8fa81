#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <ostream>

#include "cli/describe.h"
#include "cli/session.h"
#include "engine/import_diff.h"

namespace muster {
namespace {

boost::json::object to_json(const StepSummary& step) {
    boost::json::object counters;
    for (const auto& [name, count] : step.counters) {
        counters[name] = count;
    }
    boost::json::array items;
    for (const auto& item : step.items) {
        items.push_back(to_json(item));
    }
    return {{"activity", step.activity.value}, {"kind", step.kind},
            {"system", step.system},           {"status", step_status_name(step.status)},
            {"seconds", step.seconds},         {"counters", std::move(counters)},
            {"items", std::move(items)},       {"item_count", step.item_count},
            {"message", step.message},         {"cure", step.cure}};
}

boost::json::object to_json(const TargetChanges& changes) {
    return {{"add", changes.added},
            {"change", changes.changed},
            {"move", changes.moved},
            {"disable", changes.disabled},
            {"delete", changes.deleted}};
}

boost::json::object to_json(const TargetSummary& target) {
    boost::json::object held;
    for (const auto kind : kAllLimitKinds) {
        held[limit_kind_name(kind)] = target.held[static_cast<std::size_t>(kind)];
    }
    return {{"system", target.system},
            {"done", to_json(target.done)},
            {"planned", to_json(target.planned)},
            {"held", std::move(held)},
            {"refused", target.refused},
            {"unknown", target.unknown}};
}

boost::json::array texts(const std::vector<std::string>& values) {
    boost::json::array result;
    result.reserve(values.size());
    for (const auto& value : values) {
        result.emplace_back(value);
    }
    return result;
}

}  // namespace

boost::json::object to_json(const Item& item) {
    return {{"object", item.object.value}, {"system", item.system}, {"type", item.type},
            {"anchor", item.anchor},       {"code", item.code},     {"message", item.message},
            {"where", item.where}};
}

boost::json::object to_json(const Schema& schema, const Hold& hold) {
    return {{"system", schema.space(hold.system).name},
            {"type", schema.type(hold.type).name},
            {"kind", limit_kind_name(hold.kind)},
            {"planned", hold.planned},
            {"population", hold.population},
            {"reason", hold.reason}};
}

boost::json::object to_json(const Schema& schema, const Refusals& refused) {
    return {{"system", schema.space(refused.system).name},
            {"count", refused.count},
            {"since", instant_json(refused.since)}};
}

boost::json::array to_json(const Schema& schema, std::span<const Wait> waits) {
    boost::json::array waiting;
    for (const auto& wait : waits) {
        waiting.push_back({{"system", schema.space(wait.system).name},
                           {"exports", wait.exports},
                           {"because", wait.because}});
    }
    return waiting;
}

boost::json::object to_json(const Schema& schema, const RunSummary& summary) {
    boost::json::array steps;
    for (const auto& step : summary.steps) {
        steps.push_back(to_json(step));
    }
    boost::json::array held;
    for (const auto& hold : summary.holds) {
        held.push_back(to_json(schema, hold));
    }
    boost::json::array targets;
    for (const auto& target : summary.targets) {
        targets.push_back(to_json(target));
    }
    boost::json::array refused;
    for (const auto& of_system : summary.refused) {
        refused.push_back(to_json(schema, of_system));
    }
    return {{"activity", summary.activity.value},
            {"targets", std::move(targets)},
            {"status", step_status_name(summary.status)},
            {"exit_code", summary.exit_code()},
            {"steps", std::move(steps)},
            {"holds", std::move(held)},
            {"waits", to_json(schema, summary.waits)},
            {"refused", std::move(refused)}};
}

boost::json::array to_json(std::span<const ValueDifference> values) {
    boost::json::array result;
    for (const auto& value : values) {
        result.push_back({{"what", value.what},
                          {"attribute", static_cast<bool>(value.attribute)},
                          {value.links ? "removed" : "before", texts(value.before)},
                          {value.links ? "added" : "after", texts(value.after)}});
    }
    return result;
}

boost::json::object to_json(const Schema& schema, const ObjectChange& change) {
    return {{"id", change.object.value},
            {"space", schema.space(schema.space_of(change.type)).name},
            {"type", schema.type(change.type).name},
            {"object", change.path},
            {"kind", change_kind_name(change.kind)},
            {"values", to_json(change.values)}};
}

boost::json::object to_json(const Schema& schema, const PendingExport& pending) {
    return {{"id", pending.row.object.value},
            {"system", schema.space(schema.space_of(pending.row.type)).name},
            {"type", schema.type(pending.row.type).name},
            {"object", pending.path},
            {"kind", export_kind_name(pending.row.kind)},
            {"state", export_state_name(pending.row.state)},
            {"released", pending.row.released},
            {"held_links", pending.held_links},
            {"discarded_links", pending.discarded_links},
            {"attempts", pending.row.attempts},
            {"error", pending.row.error},
            {"cause", pending.cause},
            {"planned", pending.row.planned.value},
            {"values", to_json(pending.values)}};
}

boost::json::object to_json(const Schema& schema, const Object& object) {
    boost::json::object attributes;
    for (const auto& attribute : schema.attributes(object.type)) {
        const auto values = object.attributes.values(attribute.id);
        if (!values.empty()) {
            boost::json::array list;
            for (const auto& value : values) {
                list.emplace_back(value.text);
            }
            attributes[attribute.name] = std::move(list);
        }
    }
    boost::json::array unreadable;
    for (const auto& note : unreadable_notes(schema, object)) {
        unreadable.emplace_back(note);
    }
    return {{"id", object.id.value},
            {"space", schema.space(schema.space_of(object.type)).name},
            {"type", schema.type(object.type).name},
            {"unreadable", std::move(unreadable)},
            {"anchor", object.anchor},
            {"name", object.name},
            {"state", state_name(object.state)},
            {"unconfirmed", object.unconfirmed},
            {"retry", object.retry},
            {"due", instant_json(object.due)},
            {"commit", object.commit.value},
            {"attributes", std::move(attributes)}};
}

boost::json::value instant_json(const std::optional<Instant>& moment) {
    return moment ? boost::json::value(format_instant(*moment)) : boost::json::value();
}

void print_json(const Console& console, const boost::json::value& value) {
    console.out << boost::json::serialize(value) << '\n';
}

JsonList::JsonList(std::ostream& out) : out_(out) {
    out_ << '[';
}

void JsonList::add(const boost::json::value& element) {
    out_ << (first_ ? "" : ",") << boost::json::serialize(element);
    first_ = false;
}

void JsonList::end() {
    out_ << ']';
}

}  // namespace muster
