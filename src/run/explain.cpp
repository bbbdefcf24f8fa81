#include "run/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
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
        std::vector<const Object*> present;
        for (const auto& object : joined_) {
            if (object.state != ObjectState::gone) {
                present.push_back(&object);
            }
        }
        auto applicable = Applicable::evaluate(rules_, present);
        if (!applicable) {
            result_.problems.push_back(rules_.problem().message);
            return;
        }
        trace(*applicable);
        offer_links(*applicable, present);
        for (const auto& attribute : schema_.attributes(result_.object.type)) {
            if (!only || only == attribute.id) {
                result_.attributes.push_back(attribute.type == Type::reference
                                                 ? reference(attribute.id, *applicable)
                                                 : scalar(attribute.id));
            }
        }
    }

 private:
    void trace(const Applicable& applicable) {
        if (!resolve(rules_, result_.object.type, applicable, result_.object.attributes, resolved_,
                     &trace_)) {
            result_.problems.push_back(rules_.problem().message);
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
                    }
                }
                std::vector<ObjectId> metaverse(targets.size());
                view_.joined(targets, metaverse);
                for (const auto target : metaverse) {
                    if (target) {
                        offered_.push_back({flow.rule, flow.to, target});
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
        said.current = resolved_.attributes.values(attribute) == present;
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
        said.current = present == expected;
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
        const auto position = book_.connector_type(result_.object.type).outbound;
        if (position == RuleBook::kNone || !result_.object.joined) {
            return;
        }
        const auto& rule = book_.configuration().outbound[position];
        std::vector<Object> found;
        view_.hydrate(std::span(&result_.object.joined, 1), found);
        const auto& metaverse = found.front();
        const auto wanted = rules_.projects(position, metaverse.attributes);
        const bool creating = result_.object.state == ObjectState::provisioning;
        const auto expected = project(rules_, position, metaverse.attributes, creating);
        if (!wanted || !expected) {
            result_.problems.push_back(rules_.problem().message);
            return;
        }
        result_.rule = rule.name;
        result_.in_scope = *wanted && metaverse.type == rule.source;
        if (rule.object_name && !only) {
            name(rule, *expected);
        }
        for (const auto& flow : rule.flows) {
            if (!only || only == flow.target) {
                result_.flows.push_back(explained(flow, metaverse, *expected));
            }
        }
    }

 private:
    void name(const OutboundRule& rule, const Expected& expected) {
        ExplainedFlow said;
        said.flow = std::string(trim(rule.object_name->source));
        said.where = rule.object_name->where;
        said.expected = {expected.name};
        said.count = 1;
        said.actual = {result_.object.name};
        said.since = since_({});
        result_.flows.push_back(std::move(said));
    }

    ExplainedFlow explained(const Flow& flow, const Object& metaverse, const Expected& expected) {
        ExplainedFlow said;
        said.attribute = flow.target;
        said.flow = flow_text(schema_, flow);
        said.where = flow.where;
        said.since = since_(flow.target);
        if (schema_.attribute(flow.target).type == Type::reference) {
            std::vector<Link> links;
            view_.links(std::span(&metaverse.id, 1), flow.source, links);
            std::vector<ObjectId> targets;
            targets.reserve(links.size());
            for (const auto& link : links) {
                targets.push_back(link.target);
            }
            said.expected = some_paths(schema_, view_, targets);
            said.count = targets.size();
        } else {
            const auto values = expected.attributes.values(flow.target);
            said.expected = some(values);
            said.count = values.size();
            said.actual = some(result_.object.attributes.values(flow.target));
        }
        return said;
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
    TargetExplainer(configuration, view, result).run(only);
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
