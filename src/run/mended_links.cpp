#include "run/mended_links.h"

#include <algorithm>
#include <memory>

#include "base/dn.h"
#include "base/limits.h"
#include "engine/plan.h"

namespace muster {

namespace {

constexpr std::size_t kCandidates = 100;        // looked through for one that is quickly read
constexpr std::uint64_t kLinksCounted = 1'000;  // of each

}  // namespace

void MendedLinks::add(const RenamedLinks& links) {
    for (const auto& link : links.links()) {
        if (links.is_renewed(link)) {
            links_.push_back({link, links.old_text(link.target), {}});
        }
    }
}

void MendedLinks::learn_new_names() {
    std::vector<ObjectId> targets;
    targets.reserve(links_.size());
    for (const auto& told : links_) {
        targets.push_back(told.link.target);
    }
    std::vector<Identity> identities;
    view_.identify(targets, identities);
    for (std::size_t i = 0; i < links_.size(); ++i) {
        links_[i].new_text = identities[i].name;
    }
}

/// For each attribute, of those that have it the one with few links.
std::set<ObjectId> MendedLinks::samples() const {
    std::map<AttributeId, std::vector<LinkCount>> candidates;
    for (const auto& told : links_) {
        auto& of_attribute = candidates[told.link.attribute];
        if (of_attribute.size() < kCandidates) {
            of_attribute.push_back({told.link.source, told.link.attribute, kLinksCounted});
        }
    }
    std::set<ObjectId> result;
    for (const auto& [attribute, asked] : candidates) {
        std::vector<std::uint64_t> counts(asked.size());
        view_.count_links(asked, counts);
        const auto least = std::ranges::min_element(counts) - counts.begin();
        result.insert(asked[static_cast<std::size_t>(least)].source);
    }
    return result;
}

/// Takes what those who refer are by now, and marks the links that lead to the renamed again.
class MendedLinks::Look : public EntrySink {
 public:
    Look(std::span<Told> links, std::span<const Object> sources) : links_(links) {
        for (const auto& source : sources) {
            by_anchor_.emplace(std::pair(source.type, source.anchor), source.id);
        }
    }

    void entry(const Entry& entry) override {
        const auto source = by_anchor_.find({entry.type, std::string(entry.anchor)});
        if (source == by_anchor_.end()) {
            return;
        }
        const auto own = std::ranges::equal_range(
            links_, source->second, {}, [](const Told& told) { return told.link.source; });
        std::set<std::pair<AttributeId, std::string>> held;
        for (const auto& value : entry.values) {
            if (std::ranges::any_of(own, [&](const Told& told) {
                    return told.link.attribute == value.attribute;
                })) {
                held.emplace(value.attribute, normalize_dn(value.text));
            }
        }
        for (auto& told : own) {
            told.mended = held.contains({told.link.attribute, normalize_dn(told.new_text)}) &&
                          !held.contains({told.link.attribute, normalize_dn(told.old_text)});
        }
    }
    void problem(ReadProblem /*problem*/) override {}

 private:
    std::span<Told> links_;
    std::map<std::pair<TypeId, std::string>, ObjectId> by_anchor_;
};

void MendedLinks::look_at(Connector& connector, const std::set<ObjectId>& sources) {
    if (sources.empty()) {
        return;
    }
    const std::vector<ObjectId> ids(sources.begin(), sources.end());
    std::vector<Object> objects;
    view_.hydrate(ids, objects);
    std::erase_if(objects, [](const Object& object) { return object.anchor.empty(); });
    std::vector<Locator> locators;
    locators.reserve(objects.size());
    for (const auto& object : objects) {
        locators.push_back({object.type, object.anchor, object.name});
    }
    Look look(links_, objects);
    connector.fetch(locators, look, step_.context().options.stop);
}

void MendedLinks::look(Connector& connector) {
    learn_new_names();
    std::ranges::sort(links_, {}, &Told::link);
    std::ranges::stable_sort(links_, {}, [](const Told& told) { return told.link.source; });
    const auto looked_at = samples();
    look_at(connector, looked_at);
    std::set<AttributeId> attributes;
    for (const auto& told : links_) {
        if (told.mended) {
            attributes.insert(told.link.attribute);
        }
    }
    std::set<ObjectId> others;
    for (const auto& told : links_) {
        if (attributes.contains(told.link.attribute) && !looked_at.contains(told.link.source)) {
            others.insert(told.link.source);
        }
    }
    look_at(connector, others);
    std::erase_if(links_, [](const Told& told) { return !told.mended; });
    for (auto first = links_.begin(); first != links_.end();) {
        auto end = first;
        while (end != links_.end() &&
               (static_cast<std::size_t>(end - first) < limits::kPageObjects ||
                end->link.source == (end - 1)->link.source)) {
            ++end;
        }
        take_back_renewals({first, end});
        first = end;
    }
    links_.clear();
}

/// The links lead to the renamed again, and nobody need be told. Each source is in one page.
void MendedLinks::take_back_renewals(std::span<const Told> page) {
    std::vector<Link> loosened;
    std::vector<ObjectId> sources;
    for (const auto& told : page) {
        loosened.push_back({told.link.attribute, told.link.source, {}, told.old_text});
        if (sources.empty() || sources.back() != told.link.source) {
            sources.push_back(told.link.source);
        }
    }
    const auto still = std::make_unique<bool[]>(loosened.size());
    view_.exist(loosened, {still.get(), loosened.size()});
    ChangeSet changes = step_.changes();
    std::map<ObjectId, Delta> deltas;
    for (std::size_t i = 0; i < page.size(); ++i) {
        const auto& link = page[i].link;
        if (still[i]) {
            changes.links.push_back({loosened[i], false});
            changes.links.push_back({link, true});
            auto& delta = deltas[link.source];
            delta.links.push_back({link.attribute, false, {}, loosened[i].text});
            delta.links.push_back({link.attribute, true, link.target, {}});
        }
    }
    std::vector<ExportLink> pending;
    view_.export_links(sources, pending);
    for (auto& row : pending) {
        const auto own = std::ranges::equal_range(
            page, row.object, {}, [](const Told& told) { return told.link.source; });
        const bool renewal = std::ranges::any_of(own, [&](const Told& told) {
            return row.attribute == told.link.attribute && row.target == told.link.target &&
                   row.text == (row.add ? std::string{} : told.old_text);
        });
        if (renewal) {
            changes.export_links.push_back({std::move(row), true});
        }
    }
    std::vector<Object> objects;
    view_.hydrate(sources, objects);
    for (auto& object : objects) {
        if (const auto delta = deltas.find(object.id); delta != deltas.end()) {
            std::ranges::sort(delta->second.links);
            ObjectWrite write;
            write.attributes_changed = write.identity_changed = false;
            encode(delta->second, step_.schema(), write.delta);
            write.object = std::move(object);
            changes.objects.push_back(std::move(write));
        }
    }
    step_.context().store.commit(changes);
}

}  // namespace muster
