#include "store/forwarding_view.h"

namespace muster {

void ForwardingView::lookup(TypeId type, std::span<const std::string_view> anchors,
                            std::span<ObjectId> ids) {
    inner().lookup(type, anchors, ids);
}

void ForwardingView::named(SpaceId system, std::span<const std::string_view> names,
                           const std::function<void(std::size_t, const Named&)>& found) {
    inner().named(system, names, found);
}

void ForwardingView::match(KeyId key, SpaceId space, std::span<const std::string_view> values,
                           const std::function<void(std::size_t, ObjectId)>& found) {
    inner().match(key, space, values, found);
}

bool ForwardingView::has_keys(KeyId key, SpaceId space) {
    return inner().has_keys(key, space);
}

void ForwardingView::index(SpaceId space, const std::function<void(const IndexRow&)>& row) {
    inner().index(space, row);
}

void ForwardingView::objects(TypeId type, ObjectId after, std::size_t most,
                             std::vector<ObjectId>& ids) {
    inner().objects(type, after, most, ids);
}

void ForwardingView::hydrate(std::span<const ObjectId> ids, std::vector<Object>& objects) {
    inner().hydrate(ids, objects);
}

void ForwardingView::identify(std::span<const ObjectId> ids, std::vector<Identity>& identities) {
    inner().identify(ids, identities);
}

void ForwardingView::connectors(std::span<const ObjectId> metaverse, std::vector<Join>& joins) {
    inner().connectors(metaverse, joins);
}

void ForwardingView::forgotten(std::span<const ObjectId> metaverse,
                               std::vector<ForgottenJoin>& joins) {
    inner().forgotten(metaverse, joins);
}

void ForwardingView::joined(std::span<const ObjectId> connectors, std::span<ObjectId> metaverse) {
    inner().joined(connectors, metaverse);
}

std::uint64_t ForwardingView::count_unresolved(SpaceId space) {
    return inner().count_unresolved(space);
}

std::uint64_t ForwardingView::count_joined(SpaceId system) {
    return inner().count_joined(system);
}

void ForwardingView::links(std::span<const ObjectId> sources, AttributeId attribute,
                           std::vector<Link>& links) {
    inner().links(sources, attribute, links);
}

void ForwardingView::referrers(std::span<const ObjectId> targets, std::vector<Link>& links) {
    inner().referrers(targets, links);
}

void ForwardingView::exist(std::span<const Link> links, std::span<bool> answers) {
    inner().exist(links, answers);
}

void ForwardingView::count_links(std::span<const LinkCount> asked,
                                 std::span<std::uint64_t> counts) {
    inner().count_links(asked, counts);
}

void ForwardingView::unresolved(SpaceId space, const std::function<void(const Link&)>& link) {
    inner().unresolved(space, link);
}

void ForwardingView::scan_objects(const std::function<void(const Object&)>& object) {
    inner().scan_objects(object);
}

void ForwardingView::scan_joins(const std::function<void(const Join&)>& join) {
    inner().scan_joins(join);
}

void ForwardingView::scan_links(const std::function<void(const Link&)>& link) {
    inner().scan_links(link);
}

void ForwardingView::scan_keys(const std::function<void(const KeyRow&)>& key) {
    inner().scan_keys(key);
}

std::unique_ptr<ViewHold> ForwardingView::hold() {
    return inner().hold();
}

CommitNumber ForwardingView::last_commit() {
    return inner().last_commit();
}

void ForwardingView::changed_since(SpaceId space, CommitNumber after,
                                   const std::function<void(const Change&)>& change) {
    inner().changed_since(space, after, change);
}

std::vector<Change> ForwardingView::history(ObjectId object, std::size_t most) {
    return inner().history(object, most);
}

std::optional<Commit> ForwardingView::commit(CommitNumber number) {
    return inner().commit(number);
}

std::vector<Change> ForwardingView::erased(std::string_view anchor_or_name, std::size_t most) {
    return inner().erased(anchor_or_name, most);
}

void ForwardingView::exports(SpaceId system, std::span<const ExportState> states,
                             const std::function<void(const Export&)>& row) {
    inner().exports(system, states, row);
}

void ForwardingView::exports(std::span<const ObjectId> objects,
                             std::vector<std::optional<Export>>& rows) {
    inner().exports(objects, rows);
}

void ForwardingView::export_heads(std::span<const ObjectId> objects,
                                  std::vector<ExportHead>& heads) {
    inner().export_heads(objects, heads);
}

void ForwardingView::export_links(std::span<const ObjectId> objects,
                                  std::vector<ExportLink>& links) {
    inner().export_links(objects, links);
}

std::vector<Population> ForwardingView::population(SpaceId space) {
    return inner().population(space);
}

std::vector<View::PlannedCount> ForwardingView::planned(SpaceId system) {
    return inner().planned(system);
}

std::vector<PendingCount> ForwardingView::pending(SpaceId system) {
    return inner().pending(system);
}

bool ForwardingView::any_planned(SpaceId system) {
    return inner().any_planned(system);
}

View::RefusedCount ForwardingView::refused(SpaceId system) {
    return inner().refused(system);
}

void ForwardingView::gone(SpaceId space, std::vector<ObjectId>& ids) {
    inner().gone(space, ids);
}

void ForwardingView::retries(SpaceId space, std::vector<ObjectId>& ids) {
    inner().retries(space, ids);
}

void ForwardingView::due(Instant moment, std::vector<ObjectId>& ids) {
    inner().due(moment, ids);
}

void ForwardingView::reserved(AttributeId attribute, std::span<const std::string_view> values,
                              std::vector<std::string>& owners) {
    inner().reserved(attribute, values, owners);
}

void ForwardingView::reservations(AttributeId attribute, std::span<const std::string_view> owners,
                                  std::vector<std::string>& values) {
    inner().reservations(attribute, owners, values);
}

std::string ForwardingView::pattern(std::uint32_t provenance) {
    return inner().pattern(provenance);
}

CommitNumber ForwardingView::watermark(std::string_view follower) {
    return inner().watermark(follower);
}

std::string ForwardingView::meta(std::string_view name) {
    return inner().meta(name);
}

std::vector<ActivityRow> ForwardingView::activities(std::size_t most) {
    return inner().activities(most);
}

std::vector<Item> ForwardingView::items(ActivityId activity_or_run, std::size_t most) {
    return inner().items(activity_or_run, most);
}

}  // namespace muster
