#include <fmt/format.h>

#include <boost/json/value_from.hpp>

#include <algorithm>
#include <ostream>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/find_object.h"
#include "run/explain.h"

namespace muster {
namespace {

boost::json::array texts(const std::vector<std::string>& values) {
    return boost::json::value_from(values).as_array();
}

boost::json::value to_json(const std::optional<Commit>& commit) {
    if (!commit) {
        return nullptr;
    }
    return {{"commit", commit->number.value},
            {"time", format_instant(commit->time)},
            {"cause", commit->cause}};
}

std::string place(const Location& where) {
    return where.file.empty() ? "" : fmt::format("{}:{}", where.file, where.line);
}

boost::json::object to_json(const Schema& schema, const ExplainedAttribute& attribute) {
    boost::json::array contributions;
    for (const auto& one : attribute.contributions) {
        contributions.push_back({{"fate", fate_name(one.fate)},
                                 {"rule", one.rule},
                                 {"system", one.system},
                                 {"object", one.object},
                                 {"flow", one.flow},
                                 {"where", place(one.where)},
                                 {"values", texts(one.values)},
                                 {"count", one.count},
                                 {"unresolved", texts(one.unresolved)}});
    }
    return {{"attribute", schema.attribute(attribute.attribute).name},
            {"values", texts(attribute.values)},
            {"count", attribute.count},
            {"generated", attribute.generated},
            {"current", attribute.current},
            {"since", to_json(attribute.since)},
            {"contributions", std::move(contributions)}};
}

boost::json::object to_json(const Schema& schema, const ExplainedFlow& flow) {
    return {{"attribute", flow.attribute ? boost::json::value(schema.attribute(flow.attribute).name)
                                         : boost::json::value()},
            {"flow", flow.flow},
            {"where", place(flow.where)},
            {"expected", texts(flow.expected)},
            {"count", flow.count},
            {"actual", texts(flow.actual)},
            {"actual_count", flow.actual_count},
            {"initial", flow.initial},
            {"differs", flow.differs},
            {"unprovisioned", flow.unprovisioned},
            {"since", to_json(flow.since)}};
}

boost::json::object to_json(const Schema& schema, const Explanation& explanation) {
    boost::json::array attributes;
    for (const auto& attribute : explanation.attributes) {
        attributes.push_back(to_json(schema, attribute));
    }
    boost::json::array flows;
    for (const auto& flow : explanation.flows) {
        flows.push_back(to_json(schema, flow));
    }
    boost::json::array errors;
    for (const auto& item : explanation.errors) {
        errors.push_back(muster::to_json(item));
    }
    boost::json::object result{{"object", explanation.path},
                               {"id", explanation.object.id.value},
                               {"state", state_name(explanation.object.state)},
                               {"metaverse", explanation.metaverse},
                               {"attributes", std::move(attributes)},
                               {"rule", explanation.rule},
                               {"in_scope", explanation.in_scope},
                               {"deprovision", explanation.deprovision},
                               {"due", instant_json(explanation.object.due)},
                               {"errors", std::move(errors)},
                               {"flows", std::move(flows)},
                               {"problems", texts(explanation.problems)},
                               {"planned", to_json(explanation.planned)}};
    if (explanation.pending) {
        result["pending"] = muster::to_json(schema, *explanation.pending);
    }
    return result;
}

std::string joined_values(const std::vector<std::string>& values, std::uint64_t count) {
    if (values.empty()) {
        return "(nothing)";
    }
    std::string text;
    for (const auto& value : values) {
        text += (text.empty() ? "" : "; ") + printable(value);
    }
    return count > values.size() ? text + fmt::format("; … {} in all", thousands(count)) : text;
}

std::string since_text(const std::optional<Commit>& since) {
    return since ? fmt::format("since {}, commit {} ({})", moment_text(since->time),
                               since->number.value, since->cause)
                 : "since before the history that is kept";
}

/// One line of an expression, for a list.
std::string one_line(const std::string& flow) {
    constexpr std::size_t kFlowShown = 100;
    const auto line = printable(trim(flow));
    return line.size() > kFlowShown ? line.substr(0, kFlowShown) + "…" : line;
}

/// `stuck`: an error keeps the object as it is.
void print(const Console& console, const Schema& schema, const ExplainedAttribute& attribute,
           bool stuck) {
    console.out << styled(console, Style::strong, schema.attribute(attribute.attribute).name)
                << "  " << joined_values(attribute.values, attribute.count) << '\n';
    if (attribute.count > 0) {
        console.out << "  " << styled(console, Style::faint, since_text(attribute.since)) << '\n';
    }
    if (attribute.generated) {
        console.out << "  a unique value, handed out once and kept\n";
    }
    Table table;
    for (const auto& one : attribute.contributions) {
        const auto from = one.object.empty() ? one.system : one.object;
        table.add({std::string(fate_name(one.fate)), printable(from),
                   fmt::format("rule {} ({})", one.rule, place(one.where)), one_line(one.flow),
                   one.values.empty() ? "" : joined_values(one.values, one.count)},
                  one.fate == Contribution::Fate::won ? Style::good : Style::plain);
    }
    table.print(console, "  ");
    for (const auto& one : attribute.contributions) {
        for (const auto& text : one.unresolved) {
            console.out << "  "
                        << styled(console, Style::warning,
                                  fmt::format("unresolved: {} refers to {}", printable(one.object),
                                              printable(text)))
                        << '\n';
        }
    }
    if (!attribute.current) {
        console.out << "  "
                    << styled(console, Style::warning,
                              stuck ? "kept as it was, because of the error below"
                                    : "what is offered has changed; the next synchronisation takes "
                                      "it up")
                    << '\n';
    }
}

void print(const Console& console, const Schema& schema, const ExplainedFlow& flow) {
    const auto name = flow.attribute ? schema.attribute(flow.attribute).name : "(name)";
    // What flows once is the system's own afterwards.
    const auto& shown = flow.initial ? flow.actual : flow.expected;
    console.out << styled(console, Style::strong, name) << "  "
                << joined_values(shown, flow.initial ? flow.actual_count : flow.count) << '\n';
    console.out << "  from " << one_line(flow.flow) << "  "
                << styled(console, Style::faint, place(flow.where)) << '\n';
    if (flow.initial) {
        console.out << "  sent once, when the object was created; the system's own since\n";
    }
    if (flow.unprovisioned > 0) {
        console.out << fmt::format("  without {} of what is not in the system\n",
                                   counted(flow.unprovisioned, "reference"));
    }
    if (!flow.initial && flow.differs) {
        console.out << "  "
                    << styled(console, Style::warning,
                              "the system has " + joined_values(flow.actual, flow.actual_count))
                    << '\n';
    } else {
        console.out << "  " << styled(console, Style::faint, since_text(flow.since)) << '\n';
    }
}

/// What became of an object that its rule does not want.
std::string fate_of_unwanted(const Explanation& explanation) {
    if (explanation.deprovision == "disable" || explanation.deprovision == "move_and_disable") {
        return ", which disables it";
    }
    return explanation.deprovision == "delete" ? ", which no longer wants it: it is to be deleted"
                                               : ", which no longer wants it and leaves it alone";
}

void print_target(const Console& console, const Schema& schema, const Explanation& explanation) {
    if (explanation.metaverse.empty()) {
        console.out << "not joined: no rule gives it anything\n";
        return;
    }
    console.out << "joined to " << printable(explanation.metaverse) << '\n';
    if (explanation.rule.empty()) {
        console.out << "no rule writes to it; its values come from its own system\n";
        return;
    }
    console.out << "written by rule " << explanation.rule
                << (explanation.in_scope ? "" : fate_of_unwanted(explanation)) << '\n';
    for (const auto& flow : explanation.flows) {
        print(console, schema, flow);
    }
    if (explanation.pending) {
        console.out << "pending export";
        if (explanation.planned) {
            console.out << fmt::format(
                ", planned {} by commit {} ({})", moment_text(explanation.planned->time),
                explanation.planned->number.value, explanation.planned->cause);
        }
        console.out << '\n';
        print_export(console, *explanation.pending);
    }
}

void print_leaving(const Console& console, const Explanation& explanation) {
    const auto& due = explanation.object.due;
    console.out << styled(console, Style::warning, "leaving") << ": its values are frozen"
                << (due ? " until " + moment_text(*due) + ", when it is deleted"
                        : "; its deletion has begun")
                << '\n';
}

void print(const Console& console, const Schema& schema, const Explanation& explanation) {
    console.out << styled(console, Style::strong, printable(explanation.path))
                << fmt::format("  #{}\n", explanation.object.id.value);
    if (is_leaving(explanation.object.state)) {
        print_leaving(console, explanation);
    }
    const bool stuck = !explanation.problems.empty() || !explanation.errors.empty();
    for (const auto& attribute : explanation.attributes) {
        print(console, schema, attribute, stuck);
    }
    if (schema.space_of(explanation.object.type) != kMetaverse) {
        print_target(console, schema, explanation);
    }
    for (const auto& problem : explanation.problems) {
        console.out << styled(console, Style::bad, "error") << "  " << printable(problem) << '\n';
    }
    print_items(console, explanation.errors, "");
}

/// What a person wants explained of the object: a source's object has its values from its own
/// system, so that what became of them is told by the metaverse object it is joined to.
Object explained_object(const Configuration& configuration, View& view, ObjectId id) {
    std::vector<Object> objects;
    view.hydrate(std::span(&id, 1), objects);
    const auto& object = objects.front();
    const bool written = std::ranges::any_of(configuration.outbound, [&](const OutboundRule& rule) {
        return rule.target == object.type;
    });
    if (object.joined && !written) {
        return explained_object(configuration, view, object.joined);
    }
    return object;
}

/// The attribute a person names; none for an empty name.
AttributeId require_attribute(const Schema& schema, TypeId type, const std::string& name) {
    if (name.empty()) {
        return {};
    }
    if (const auto found = schema.find_attribute(type, name)) {
        return found;
    }
    std::vector<std::string_view> names;
    for (const auto& attribute : schema.attributes(type)) {
        names.push_back(attribute.name);
    }
    throw Error(ErrorCode::usage,
                fmt::format("{} has no attribute '{}'", type_path(schema, type), name),
                alternatives(name, names));
}

}  // namespace

int execute(const ExplainOptions& options, const Context& context) {
    const auto configuration = load_usable_configuration(context.global);
    const auto& schema = configuration.schema;
    const auto store = open_store(configuration, StoreAccess::read);
    const auto view = store->view();
    const auto object =
        explained_object(configuration, *view, find_object(configuration, *view, options.object));
    const auto attribute = require_attribute(schema, object.type, options.attribute);
    const auto explanation = explain(configuration, *view, object.id, attribute);
    if (context.global.json) {
        print_json(context.console, to_json(schema, explanation));
    } else {
        print(context.console, schema, explanation);
    }
    return 0;
}

}  // namespace muster
