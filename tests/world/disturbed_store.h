#pragma once

#include <memory>
#include <utility>

#include "store/store.h"

namespace muster::testing {

/// A store in which every third commit that changes objects finds them changed by somebody else, as
/// long as there are conflicts left.
class DisturbedStore final : public Store {
 public:
    /// `left` must outlive the store.
    DisturbedStore(std::unique_ptr<Store> inner, unsigned& left)
        : inner_(std::move(inner)), left_(left) {}

    CommitNumber commit(const ChangeSet& changes) override {
        if (left_ > 0 && !changes.objects.empty() && ++commits_ % 3 == 0) {
            --left_;
            throw Conflict{changes.objects.front().object.id};
        }
        return inner_->commit(changes);
    }
    std::unique_ptr<View> view() override { return inner_->view(); }
    bool shared() const override { return inner_->shared(); }
    ObjectId reserve_ids(std::size_t count) override { return inner_->reserve_ids(count); }
    ActivityId reserve_activity() override { return inner_->reserve_activity(); }
    std::uint32_t intern(const std::string& pattern) override { return inner_->intern(pattern); }
    std::unique_ptr<StoreLock> lock(std::string_view name) override { return inner_->lock(name); }
    std::uint64_t forget(Instant moment) override { return inner_->forget(moment); }
    StoreStatus status() override { return inner_->status(); }
    std::vector<std::string> check(
        std::size_t every_nth,
        const std::function<void(std::uint64_t, std::uint64_t)>& progress) override {
        return inner_->check(every_nth, progress);
    }

 private:
    std::unique_ptr<Store> inner_;
    unsigned& left_;
    unsigned commits_ = 0;
};

}  // namespace muster::testing
