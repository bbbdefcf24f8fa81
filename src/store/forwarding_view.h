#pragma once

#include "store/view.h"

namespace muster {

/// A view that passes every call on to another: for those that answer some calls themselves.
class ForwardingView : public View {
 public:
    explicit ForwardingView(std::unique_ptr<View> inner) : inner_(std::move(inner)) {}

    void lookup(TypeId type, std::span<const std::string_view> anchors,
                std::span<ObjectId> ids) override;
    void named(SpaceId system, std::span<const std::string_view> names,
               const std::function<void(std::size_t, const Named&)>& found) override;
    void match(KeyId key, SpaceId space, std::span<const std::string_view> values,
               const std::function<void(std::size_t, ObjectId)>& found) override;
    bool has_keys(KeyId key, SpaceId space) override;
    void index(SpaceId space, const std::function<void(const IndexRow&)>& row) override;
    void objects(TypeId type, ObjectId after, std::size_t most,
                 std::vector<ObjectId>& ids) override;
    void hydrate(std::span<const ObjectId> ids, std::vector<Object>& objects) override;
    void identify(std::span<const ObjectId> ids, std::vector<Identity>& identities) override;
    void connectors(std::span<const ObjectId> metaverse, std::vector<Join>& joins) override;
    void forgotten(std::span<const ObjectId> metaverse, std::vector<ForgottenJoin>& joins) override;
    void joined(std::span<const ObjectId> connectors, std::span<ObjectId> metaverse) override;
    std::uint64_t count_joined(SpaceId system) override;
    std::uint64_t count_unresolved(SpaceId space) override;
    void links(std::span<const ObjectId> sources, AttributeId attribute,
               std::vector<Link>& links) override;
    void referrers(std::span<const ObjectId> targets, std::vector<Link>& links) override;
    void exist(std::span<const Link> links, std::span<bool> answers) override;
    void count_links(std::span<const LinkCount> asked, std::span<std::uint64_t> counts) override;
    void unresolved(SpaceId space, const std::function<void(const Link&)>& link) override;
    void scan_objects(const std::function<void(const Object&)>& object) override;
    void scan_joins(const std::function<void(const Join&)>& join) override;
    void scan_links(const std::function<void(const Link&)>& link) override;
    void scan_keys(const std::function<void(const KeyRow&)>& key) override;
    std::unique_ptr<ViewHold> hold() override;
    CommitNumber last_commit() override;
    void changed_since(SpaceId space, CommitNumber after,
                       const std::function<void(const Change&)>& change) override;
    std::vector<Change> history(ObjectId object, std::size_t most) override;
    std::optional<Commit> commit(CommitNumber number) override;
    std::vector<Change> erased(std::string_view anchor_or_name, std::size_t most) override;
    void exports(SpaceId system, std::span<const ExportState> states,
                 const std::function<void(const Export&)>& row) override;
    void exports(std::span<const ObjectId> objects,
                 std::vector<std::optional<Export>>& rows) override;
    void export_heads(std::span<const ObjectId> objects, std::vector<ExportHead>& heads) override;
    void export_links(std::span<const ObjectId> objects, std::vector<ExportLink>& links) override;
    std::vector<Population> population(SpaceId space) override;
    std::vector<PlannedCount> planned(SpaceId system) override;
    std::vector<PendingCount> pending(SpaceId system) override;
    bool any_planned(SpaceId system) override;
    RefusedCount refused(SpaceId system) override;
    void gone(SpaceId space, std::vector<ObjectId>& ids) override;
    void retries(SpaceId space, std::vector<ObjectId>& ids) override;
    void due(Instant moment, std::vector<ObjectId>& ids) override;
    void reserved(AttributeId attribute, std::span<const std::string_view> values,
                  std::vector<std::string>& owners) override;
    void reservations(AttributeId attribute, std::span<const std::string_view> owners,
                      std::vector<std::string>& values) override;
    std::string pattern(std::uint32_t provenance) override;
    CommitNumber watermark(std::string_view follower) override;
    std::string meta(std::string_view name) override;
    std::vector<ActivityRow> activities(std::size_t most) override;
    std::vector<Item> items(ActivityId activity_or_run, std::size_t most) override;

 protected:
    /// The view calls are passed on to, asked for once a call.
    virtual View& inner() { return *inner_; }

 private:
    std::unique_ptr<View> inner_;
};

}  // namespace muster
