#include "run/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/dn.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "engine/import_diff.h"
#include "engine/plan.h"
#include "engine/rules.h"
#include "model/delta.h"
#include "run/object_path.h"

namespace muster {
namespace {

constexpr std::size_t kShown = limits::kItemsShown;
constexpr std::size_t kHistoryRead = 100'000;  // changes of one object searched for an attribute

/// The commit that last touched each attribute (none: the name) of an object, newest first.
class Since {
 public:
    Since(const Schema& schema, View& view, const Object& object)
        : view_(view), history_(view.history(object.id, kHistoryRead)) {
        for (std::size_t i = 0; i < history_.size(); ++i) {
            if (history_[i].kind != ChangeKind::update) {
                continue;
            }
            const auto delta = decode_delta(history_[i].delta, object.type, schema);
            for (const auto& change : delta.attributes) {
                newest_.emplace(change.attribute, i);
            }
            for (const auto& link : delta.links) {
                newest_.emplace(link.attribute, i);
            }
            if (delta.name) {
                newest_.emplace(AttributeId(), i);
            }
        }
    }

    /// What no update touched is as the create made it; nothing where that is forgotten.
    std::optional<Commit> operator()(AttributeId attribute) {
        const auto found = newest_.find(attribute);
        if (found != newest_.end()) {
            return view_.commit(history_[found->second].commit);
        }
        if (!history_.empty() && history_.back().kind == ChangeKind::create) {
            return view_.commit(history_.back().commit);
        }
        return std::nullopt;
    }

 private:
    View& view_;
    std::vector<Change> history_;
    std::map<AttributeId, std::size_t> newest_;
};

std::string flow_text(const Schema& schema, const Flow& flow) {
    switch (flow.kind) {
        case Flow::Kind::direct:
            return schema.attribute(flow.source).name;
        case Flow::Kind::constant:
            return fmt::format("constant \"{}\"", flow.constant);
        case Flow::Kind::expression:
            return std::string(trim(flow.expression.source));
    }
    return {};
}

std::string_view action_name(DeprovisionAction action) {
    switch (action) {
        case DeprovisionAction::disconnect:
            return "disconnect";
        case DeprovisionAction::erase:
            return "delete";
        case DeprovisionAction::disable:
            return "disable";
        case DeprovisionAction::move_and_disable:
            return "move_and_disable";
    }
    return {};
}

std::vector<std::string> some(const Document::Range& range) {
    std::vector<std::string> values;
    for (const auto& value : range) {
        if (values.size() == kShown) {
            break;
        }
        values.emplace_back(value.text);
    }
    return values;
}

template <class Range>
std::vector<std::string> some_paths(const Schema& schema, View& view, const Range& ids) {
    std::vector<ObjectId> first;
    for (const auto id : ids) {
        if (first.size() == kShown) {
            break;
        }
        first.push_back(id);
    }
    return object_paths(schema, view, first);
}

std::vector<Object> joined_objects(View& view, ObjectId metaverse) {
    std::vector<Join> joins;
    view.connectors(std::span(&metaverse, 1), joins);
    std::vector<ObjectId> ids;
    ids.reserve(joins.size());
    for (const auto& join : joins) {
        ids.push_back(join.connector);
    }
    std::vector<Object> objects;
    view.hydrate(ids, objects);
    return objects;
}

/// What the last run that ended said of the objects.
std::vector<Item> last_items(View& view, std::span<const ObjectId> ids) {
    constexpr std::size_t kActivitiesRead = 100;
    constexpr std::size_t kItemsRead = 100'000;
    std::vector<Item> found;
    if (ids.empty()) {
        return found;
    }
    for (const auto& run : view.activities(kActivitiesRead)) {
        if (run.parent || !run.ended) {
            continue;
        }
        for (auto& item : view.items(run.id, kItemsRead)) {
            if (std::ranges::find(ids, item.object) != ids.end()) {
                found.push_back(std::move(item));
            }
        }
        break;
    }
    return found;
}

/// Explains a metaverse object: resolves it again, with a trace.
class MetaverseExplainer {
 public:
    MetaverseExplainer(const Configuration& configuration, View& view, Explanation& result)
        : configuration_(configuration),
          schema_(configuration.schema),
          view_(view),
          result_(result),
          book_(configuration),
          rules_(book_),
          since_(schema_, view, result.object),
          joined_(joined_objects(view, result.object.id)) {}

    void run(AttributeId only) {
        result_.errors = errors();
        std::vector<const Object*> present;
        for (const auto& object : joined_) {
            if (object.state != ObjectState::gone) {
                present.push_back(&object);
            }
        }
        std::vector<ObjectProblem> problems;
        const auto applicable = Applicable::evaluate(rules_, present, problems);
        resolve(rules_, result_.object.type, applicable, result_.object.attributes, resolved_,
                problems, &trace_);
        tell(problems, present);
        offer_links(applicable, present);
        for (const auto& attribute : schema_.attributes(result_.object.type)) {
            if (!only || only == attribute.id) {
                result_.attributes.push_back(attribute.type == Type::reference
                                                 ? reference(attribute.id, applicable)
                                                 : scalar(attribute.id));
            }
        }
    }

 private:
    std::vector<Item> errors() const {
        std::vector<ObjectId> ids;
        if (result_.object.retry) {
            ids.push_back(result_.object.id);
        }
        for (const auto& object : joined_) {
            if (object.retry) {
                ids.push_back(object.id);
            }
        }
        return last_items(view_, ids);
    }

    bool frozen() const { return is_leaving(result_.object.state); }

    /// What failed, and what of the joined objects cannot be read.
    void tell(std::span<const ObjectProblem> problems,
              const std::vector<const Object*>& present) const {
        for (const auto& problem : problems) {
            result_.problems.push_back(problem.message);
        }
        for (const auto* object : present) {
            for (const auto& note : unreadable_notes(schema_, *object)) {
                result_.problems.push_back(
                    fmt::format("{} keeps what it had, as this cannot be read: {}",
                                object_path(schema_, *object), note));
            }
        }
    }

    /// What every joined object offers for the reference attributes, as metaverse objects.
    void offer_links(const Applicable& applicable, const std::vector<const Object*>& present) {
        for (const auto* object : present) {
            for (const auto& flow : book_.connector_type(object->type).references) {
                std::vector<Link> links;
                view_.links(std::span(&object->id, 1), flow.from, links);
                std::vector<ObjectId> targets;
                for (const auto& link : links) {
                    if (link.target) {
                        targets.push_back(link.target);
                    } else {
                        unresolved_[{flow.rule, flow.to}].push_back(
                            fmt::format("{}: nothing in {} answers to it", link.text,
                                        schema_.space(schema_.space_of(object->type)).name));
                    }
                }
                std::vector<ObjectId> metaverse(targets.size());
                view_.joined(targets, metaverse);
                std::vector<Identity> ends;
                view_.identify(metaverse, ends);
                for (const auto& end : ends) {
                    if (end.id && schema_.attribute(flow.to).refers_to(end.type)) {
                        offered_.push_back({flow.rule, flow.to, end.id});
                    }
                }
            }
        }
        resolve_links(configuration_, applicable, result_.object.type, book_, offered_, chosen_);
    }

    ExplainedContribution contribution(FlowRef ref, Contribution::Fate fate) {
        const auto& rule = configuration_.inbound[ref.rule];
        const auto& flow = rule.flows[ref.flow];
        ExplainedContribution said;
        said.fate = fate;
        said.rule = rule.name;
        said.system = schema_.space(rule.system).name;
        said.flow = flow_text(schema_, flow);
        said.where = flow.where;
        const auto object = std::ranges::find(joined_, rule.source, &Object::type);
        if (object != joined_.end()) {
            said.object = object_path(schema_, *object);
            if (fate == Contribution::Fate::not_joined) {
                said.fate = Contribution::Fate::out_of_scope;  // joined, and yet not considered
            }
        }
        return said;
    }

    ExplainedAttribute scalar(AttributeId attribute) {
        ExplainedAttribute said;
        said.attribute = attribute;
        const auto present = result_.object.attributes.values(attribute);
        said.values = some(present);
        said.count = present.size();
        said.generated = configuration_.metaverse_attribute(attribute).generate.has_value();
        said.current = frozen() || resolved_.attributes.values(attribute) == present;
        said.since = since_(attribute);
        for (auto& traced : trace_) {
            if (traced.attribute == attribute) {
                auto one = contribution(traced.flow, traced.fate);
                one.count = traced.values.size();
                one.values = std::move(traced.values);
                one.values.resize(std::min(one.values.size(), kShown));
                said.contributions.push_back(std::move(one));
            }
        }
        return said;
    }

    ExplainedAttribute reference(AttributeId attribute, const Applicable& applicable) {
        ExplainedAttribute said;
        said.attribute = attribute;
        std::vector<Link> links;
        view_.links(std::span(&result_.object.id, 1), attribute, links);
        std::vector<ObjectId> present;
        present.reserve(links.size());
        for (const auto& link : links) {
            present.push_back(link.target);
        }
        std::vector<ObjectId> expected;
        for (const auto& [of, target] : chosen_) {
            if (of == attribute) {
                expected.push_back(target);
            }
        }
        said.current = frozen() || present == expected;
        said.count = present.size();
        said.values = some_paths(schema_, view_, present);
        said.since = since_(attribute);
        bool decided = false;
        for (const auto ref : configuration_.metaverse_attribute(attribute).contributions) {
            said.contributions.push_back(offered(attribute, ref, applicable, decided));
        }
        return said;
    }

    ExplainedContribution offered(AttributeId attribute, FlowRef ref, const Applicable& applicable,
                                  bool& decided) {
        std::vector<ObjectId> targets;
        for (const auto& link : offered_) {
            if (link.rule == ref.rule && link.attribute == attribute) {
                targets.push_back(link.target);
            }
        }
        const bool null = configuration_.inbound[ref.rule].flows[ref.flow].assert_null;
        auto fate = Contribution::Fate::won;
        if (applicable.source(ref.rule) == nullptr) {
            fate = Contribution::Fate::not_joined;
        } else if (targets.empty() && !null) {
            fate = Contribution::Fate::no_value;
        } else if (decided) {
            fate = Contribution::Fate::outranked;
        } else if (targets.empty()) {
            fate = Contribution::Fate::null_asserted;
        }
        decided = decided ||
                  (!configuration_.metaverse_attribute(attribute).merge_union &&
                   (fate == Contribution::Fate::won || fate == Contribution::Fate::null_asserted));
        auto said = contribution(ref, fate);
        said.unresolved = unresolved_[{ref.rule, attribute}];
        said.unresolved.resize(std::min(said.unresolved.size(), kShown));
        said.count = targets.size();
        said.values = some_paths(schema_, view_, targets);
        return said;
    }

    const Configuration& configuration_;
    const Schema& schema_;
    View& view_;
    Explanation& result_;
    RuleBook book_;
    Rules rules_;
    Since since_;
    std::vector<Object> joined_;
    Resolved resolved_;
    std::vector<Contribution> trace_;
    std::vector<OfferedLink> offered_;
    /// In words, by rule and metaverse attribute.
    std::map<std::pair<std::uint16_t, AttributeId>, std::vector<std::string>> unresolved_;
    std::vector<std::pair<AttributeId, ObjectId>> chosen_;
};

/// Explains a connector object that an outbound rule writes.
class TargetExplainer {
 public:
    TargetExplainer(const Configuration& configuration, View& view, Explanation& result)
        : schema_(configuration.schema),
          view_(view),
          result_(result),
          book_(configuration),
          rules_(book_),
          since_(schema_, view, result.object) {}

    void run(AttributeId only) {
        if (!result_.object.joined) {
            return;
        }
        std::vector<Object> found;
        view_.hydrate(std::span(&result_.object.joined, 1), found);
        const auto& metaverse = found.front();
        const auto position = book_.outbound(metaverse.type, result_.object.type);
        if (position == RuleBook::kNone) {
            return;
        }
        const auto& rule = book_.configuration().outbound[position];
        const auto wanted = rules_.projects(position, metaverse.attributes);
        // As when it was created: what flows once, then, is what it was given.
        std::vector<ObjectProblem> problems;
        if (!wanted) {
            problems.push_back(rules_.problem());
        }
        const auto expected = project(rules_, position, metaverse.attributes, true, problems);
        tell(problems);
        if (!wanted) {
            return;
        }
        result_.rule = rule.name;
        result_.in_scope = *wanted && !leaves(metaverse);
        if (!result_.in_scope) {
            deprovisioned(position, metaverse, only);
            return;
        }
        if (rule.object_name && !only) {
            name(*rule.object_name, expected);
        }
        explain_all(rule.flows, metaverse, expected, only);
    }

 private:
    /// Its deletion has begun: what is written is no longer kept in step. Within the grace nothing
    /// is.
    static bool leaves(const Object& metaverse) {
        return is_leaving(metaverse.state) && !metaverse.due;
    }

    /// What the rule does about what it does not want (any more).
    void deprovisioned(std::uint16_t position, const Object& metaverse, AttributeId only) {
        const auto& rule = book_.configuration().outbound[position];
        result_.deprovision = action_name(rule.deprovision);
        if (rule.deprovision != DeprovisionAction::disable &&
            rule.deprovision != DeprovisionAction::move_and_disable) {
            return;
        }
        std::vector<ObjectProblem> problems;
        const auto expected = project_disabled(rules_, position, metaverse.attributes, problems);
        tell(problems);
        if (rule.disabled_name && !only) {
            name(*rule.disabled_name, expected);
        }
        explain_all(rule.disable_flows, metaverse, expected, only);
    }

    void tell(std::span<const ObjectProblem> problems) {
        for (const auto& problem : problems) {
            result_.problems.push_back(problem.message);
        }
    }

    void explain_all(const std::vector<Flow>& flows, const Object& metaverse,
                     const Expected& expected, AttributeId only) {
        for (const auto& flow : flows) {
            if (!only || only == flow.target) {
                result_.flows.push_back(explained(flow, metaverse, expected));
            }
        }
    }

    void name(const Expression& expression, const Expected& expected) {
        ExplainedFlow said;
        said.flow = std::string(trim(expression.source));
        said.where = expression.where;
        said.expected = {expected.name};
        said.count = 1;
        said.actual = {result_.object.name};
        said.actual_count = 1;
        said.differs = normalize_dn(expected.name) != normalize_dn(result_.object.name);
        said.since = since_({});
        result_.flows.push_back(std::move(said));
    }

    ExplainedFlow explained(const Flow& flow, const Object& metaverse, const Expected& expected) {
        ExplainedFlow said;
        said.attribute = flow.target;
        said.flow = flow_text(schema_, flow);
        said.where = flow.where;
        said.since = since_(flow.target);
        said.initial = flow.initial_only;
        if (schema_.attribute(flow.target).type == Type::reference) {
            references(flow, metaverse, said);
            return said;
        }
        const auto values = expected.attributes.values(flow.target);
        const auto actual = result_.object.attributes.values(flow.target);
        said.expected = some(values);
        said.count = values.size();
        said.actual = some(actual);
        said.actual_count = actual.size();
        said.differs = !(values == actual);
        return said;
    }

    /// Where the references of the metaverse object lead in the system, beside those it has.
    void references(const Flow& flow, const Object& metaverse, ExplainedFlow& said) {
        std::vector<Link> links;
        view_.links(std::span(&metaverse.id, 1), flow.source, links);
        std::vector<ObjectId> wanted;
        for (const auto& link : links) {
            wanted.push_back(link.target);
        }
        std::vector<Join> joins;
        view_.connectors(wanted, joins);
        std::erase_if(joins, [&](const Join& join) {
            return schema_.space_of(join.type) != schema_.space_of(result_.object.type);
        });
        std::vector<ObjectId> provisioned;
        std::vector<ObjectId> expected;
        for (const auto& join : joins) {
            provisioned.push_back(join.metaverse);
            expected.push_back(join.connector);
        }
        said.expected = some_paths(schema_, view_, provisioned);
        said.count = provisioned.size();
        said.unprovisioned = wanted.size() - std::min(wanted.size(), provisioned.size());
        links.clear();
        view_.links(std::span(&result_.object.id, 1), flow.target, links);
        std::vector<ObjectId> actual;
        for (const auto& link : links) {
            if (link.target) {
                actual.push_back(link.target);
            } else if (said.actual.size() < kShown) {
                said.actual.push_back(link.text);
            }
        }
        auto paths = some_paths(schema_, view_, actual);
        said.actual.insert(said.actual.begin(), paths.begin(), paths.end());
        said.actual_count = links.size();
        std::ranges::sort(expected);
        std::ranges::sort(actual);
        said.differs = expected != actual || links.size() != actual.size();
    }

    const Schema& schema_;
    View& view_;
    Explanation& result_;
    RuleBook book_;
    Rules rules_;
    Since since_;
};

/// Which source's change a pending export of links alone goes back to, since such a row does not
/// say: where the same synchronisation changed the metaverse object, the one of its other connector
/// objects that changed last before that, and after the metaverse object's change before. Empty
/// where there is none: then it was a change of the objects linked to.
std::string cause_of_links(const Schema& schema, View& view, const Object& target,
                           CommitNumber planned) {
    const auto history = view.history(target.joined, kHistoryRead);
    const auto change =
        std::ranges::find_if(history, [&](const Change& one) { return one.commit <= planned; });
    const auto changed = change == history.end() ? std::nullopt : view.commit(change->commit);
    const auto planning = view.commit(planned);
    if (!changed || !planning || changed->activity != planning->activity) {
        return {};
    }
    CommitNumber newest = change->previous;
    std::string cause;
    for (const auto& object : joined_objects(view, target.joined)) {
        for (const auto& source : view.history(object.id, kHistoryRead)) {
            if (source.commit < planned && source.commit > newest && object.type != target.type) {
                newest = source.commit;
                cause = object_path(schema, object);
            }
        }
    }
    return cause;
}

}  // namespace

Explanation explain(const Configuration& configuration, View& view, ObjectId id, AttributeId only) {
    const auto& schema = configuration.schema;
    std::vector<Object> found;
    view.hydrate(std::span(&id, 1), found);
    if (!found.front().id) {
        throw Error(ErrorCode::not_found, fmt::format("there is no object #{}", id.value),
                    "muster history also knows erased objects");
    }
    Explanation result;
    result.object = std::move(found.front());
    result.path = object_paths(schema, view, std::span(&id, 1)).front();
    if (schema.space_of(result.object.type) == kMetaverse) {
        MetaverseExplainer(configuration, view, result).run(only);
        return result;
    }
    if (result.object.joined) {
        result.metaverse = object_paths(schema, view, std::span(&result.object.joined, 1)).front();
    }
    for (const auto& note : unreadable_notes(schema, result.object)) {
        result.problems.push_back("this cannot be read, and stays as it was: " + note);
    }
    TargetExplainer(configuration, view, result).run(only);
    if (result.object.retry) {
        result.errors = last_items(view, std::span(&id, 1));
    }
    result.pending = find_pending_export(schema, view, id);
    if (result.pending) {
        result.planned = view.commit(result.pending->row.planned);
        if (result.pending->cause.empty() && result.object.joined) {
            result.pending->cause =
                cause_of_links(schema, view, result.object, result.pending->row.planned);
        }
    }
    return result;
}

}  // namespace muster
