#pragma once

#include <atomic>
#include <functional>

#include "store/forwarding_view.h"
#include "store/resident/residency.h"

namespace muster::resident {

/// Answers from memory what is there, and asks the store for the rest: the log, exports, runs, and
/// everything once the spaces are no longer held. Streams are given in pages, so that callbacks run
/// without a lock: they may show what was committed while they ran.
class ResidentView final : public ForwardingView {
 public:
    /// What a store gives its views; must outlive them.
    struct Source {
        const Schema& schema;
        const Residency& residency;
        std::atomic<int>& views;  ///< how many there are
        /// Brings memory up to date where others have committed; whether they had. Asked before
        /// something counts as missing.
        std::function<bool()> refresh;
    };
    ResidentView(std::unique_ptr<View> inner, Source source)
        : ForwardingView(std::move(inner)), source_(std::move(source)) {
        ++source_.views;
    }
    ~ResidentView() override { --source_.views; }
    ResidentView(const ResidentView&) = delete;
    ResidentView& operator=(const ResidentView&) = delete;

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
    void joined(std::span<const ObjectId> connectors, std::span<ObjectId> metaverse) override;
    void links(std::span<const ObjectId> sources, AttributeId attribute,
               std::vector<Link>& links) override;
    void referrers(std::span<const ObjectId> targets, std::vector<Link>& links) override;
    void exist(std::span<const Link> links, std::span<bool> answers) override;
    void count_links(std::span<const LinkCount> asked, std::span<std::uint64_t> counts) override;
    void unresolved(SpaceId space, const std::function<void(const Link&)>& link) override;
    /// None: memory has the present state only.
    std::unique_ptr<ViewHold> hold() override { return nullptr; }
    void gone(SpaceId space, std::vector<ObjectId>& ids) override;
    void retries(SpaceId space, std::vector<ObjectId>& ids) override;
    void due(Instant moment, std::vector<ObjectId>& ids) override;

 private:
    /// Collects the rows of a space above `after`, at most a page; false where all is direct.
    bool index_page(SpaceId space, ObjectId after, std::vector<IndexRow>& rows,
                    std::string& texts) const;

    Source source_;
};

}  // namespace muster::resident
