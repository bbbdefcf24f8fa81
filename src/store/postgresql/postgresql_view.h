#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/names.h"
#include "store/postgresql/source.h"
#include "store/view.h"

namespace muster::postgresql {

/// Every call is one statement, save where it pages; a set goes along as an array.
class PostgresqlView final : public View {
 public:
    PostgresqlView(std::unique_ptr<Source> source, const Schema& schema,
                   std::shared_ptr<const Names> names)
        : source_(std::move(source)), schema_(schema), names_(std::move(names)) {}

    // view_objects.cpp
    void lookup(TypeId type, std::span<const std::string_view> anchors,
                std::span<ObjectId> ids) override;
    void named(SpaceId system, std::span<const std::string_view> wanted,
               const std::function<void(std::size_t, const Named&)>& found) override;
    void match(KeyId key, SpaceId space, std::span<const std::string_view> values,
               const std::function<void(std::size_t, ObjectId)>& found) override;
    bool has_keys(KeyId key, SpaceId space) override;
    void index(SpaceId space, const std::function<void(const IndexRow&)>& each) override;
    void objects(TypeId type, ObjectId after, std::size_t most,
                 std::vector<ObjectId>& ids) override;
    void hydrate(std::span<const ObjectId> ids, std::vector<Object>& objects) override;
    void identify(std::span<const ObjectId> ids, std::vector<Identity>& identities) override;
    std::vector<Population> population(SpaceId space) override;
    void gone(SpaceId space, std::vector<ObjectId>& ids) override;
    void retries(SpaceId space, std::vector<ObjectId>& ids) override;
    void due(Instant moment, std::vector<ObjectId>& ids) override;

    // view_links.cpp
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
    void unresolved(SpaceId space, const std::function<void(const Link&)>& each) override;

    // view_scan.cpp
    void scan_objects(const std::function<void(const Object&)>& each) override;
    void scan_joins(const std::function<void(const Join&)>& each) override;
    void scan_links(const std::function<void(const Link&)>& each) override;
    void scan_keys(const std::function<void(const KeyRow&)>& each) override;

    // view_log.cpp
    std::unique_ptr<ViewHold> hold() override;
    CommitNumber last_commit() override;
    void changed_since(SpaceId space, CommitNumber after,
                       const std::function<void(const Change&)>& each) override;
    std::vector<Change> history(ObjectId object, std::size_t most) override;
    std::optional<Commit> commit(CommitNumber number) override;
    std::vector<Change> erased(std::string_view anchor_or_name, std::size_t most) override;
    CommitNumber watermark(std::string_view follower) override;
    std::string meta(std::string_view name) override;
    std::string pattern(std::uint32_t provenance) override;
    std::vector<ActivityRow> activities(std::size_t most) override;
    std::vector<Item> items(ActivityId activity_or_run, std::size_t most) override;

    // view_exports.cpp
    void exports(SpaceId system, std::span<const ExportState> states,
                 const std::function<void(const Export&)>& each) override;
    void exports(std::span<const ObjectId> objects,
                 std::vector<std::optional<Export>>& rows) override;
    void export_heads(std::span<const ObjectId> objects, std::vector<ExportHead>& heads) override;
    void export_links(std::span<const ObjectId> objects, std::vector<ExportLink>& links) override;
    std::vector<PlannedCount> planned(SpaceId system) override;
    std::vector<PendingCount> pending(SpaceId system) override;
    bool any_planned(SpaceId system) override;
    RefusedCount refused(SpaceId system) override;
    void reserved(AttributeId attribute, std::span<const std::string_view> values,
                  std::vector<std::string>& owners) override;
    void reservations(AttributeId attribute, std::span<const std::string_view> owners,
                      std::vector<std::string>& values) override;

 private:
    template <class... Values>
    Result ask(const std::string& sql, const Values&... values) {
        return source_->ask(sql, Parameters(values...));
    }
    /// The owners of values, or the values of owners, as `sql` asks: beside what is asked for.
    void reservation(const char* sql, AttributeId attribute,
                     std::span<const std::string_view> asked, std::vector<std::string>& answers);
    void append_ids(const Result& result, std::vector<ObjectId>& ids) const;
    bool read_object(const Row& row, Object& object) const;
    Change read_change(const Row& row) const;
    std::optional<Export> read_export(const Row& row) const;
    const Schema& schema() const { return schema_; }
    const Names& names() const { return *names_; }

    std::unique_ptr<Source> source_;
    const Schema& schema_;
    std::shared_ptr<const Names> names_;
};

}  // namespace muster::postgresql
