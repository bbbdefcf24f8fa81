// How fast the SQLite store is by itself: bulk creation, updates, hydration, lookup, small commits.
//   store_bench [objects] [folder]

#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "bench_schema.h"
#include "store/store.h"
#include "support/temp_folder.h"

namespace {

using namespace muster;

/// Time on the clock, and of it the time spent computing.
struct Time {
    double wall = 0;
    double processor = 0;
};

Time time_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t processor = std::clock();
    work();
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
            static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC};
}

void report(const char* what, std::size_t count, Time time) {
    fmt::print("{:<24} {:>10.0f} /s {:>9.3f} s {:>9.3f} s of processor\n", what,
               static_cast<double>(count) / time.wall, time.wall, time.processor);
}

class Bench {
 public:
    Bench(std::size_t count, const std::string& path)
        : count_(count), store_(open_sqlite_store(path, schema_, StoreAccess::write)) {}

    void run() {
        measure("create", count_, [&] { create(); });
        measure("index", count_, [&] { index(); });
        measure("hydrate in sequence", count_, [&] { hydrate(1); });
        measure("hydrate at random", count_, [&] { hydrate(7'919); });
        measure("lookup of anchors", count_, [&] { lookup(); });
        measure("update of everything", count_, [&] { update(true); });
        measure("update of a value", count_, [&] { update(false); });
        measure("links opened", count_, [&] { link(true); });
        measure("links read", count_, [&] { links(); });
        measure("links closed", count_, [&] { link(false); });
        measure("changes read", count_ * 3, [&] { changes(); });
        measure("commit of one object", 1'000, [&] { singles(1'000); });
        measure("check of all objects", count_, [&] { check(); });
    }

 private:
    /// Runs one measurement; where `work` also makes up objects, it times the store itself.
    void measure(const char* what, std::size_t count, const std::function<void()>& work) {
        store_time_ = {};
        const Time all = time_of(work);
        report(what, count, store_time_.wall > 0 ? store_time_ : all);
    }
    void in_store(const std::function<void()>& work) {
        const Time time = time_of(work);
        store_time_.wall += time.wall;
        store_time_.processor += time.processor;
    }

    void fill(Object& object, std::size_t i, std::size_t version) {
        object.type = type_;
        object.anchor =
            fmt::format("{:08x}-person-{}", static_cast<std::uint32_t>(i * 2654435761u), i);
        object.attributes.clear();
        for (int a = 0; a < kAttributes; ++a)
            object.attributes.add(schema_.find_attribute(type_, attribute_name(a)),
                                  fmt::format("value {} {}", a, i * 31 + (a ? 0 : version)));
        object.attributes.normalise();
        object.payload = {i, version};
    }

    template <class Fill>
    void pages(const Fill& fill_page) {
        for (std::size_t i = 0; i < count_; i += limits::kPageObjects) {
            changes_.clear();
            fill_page(i, std::min(count_, i + limits::kPageObjects));
            in_store([&] { store_->commit(changes_); });
        }
    }

    void create() {
        first_ = store_->reserve_ids(count_);
        std::string json;
        pages([&](std::size_t from, std::size_t to) {
            for (std::size_t i = from; i < to; ++i) {
                ObjectWrite& write = changes_.objects.emplace_back();
                write.kind = ChangeKind::create;
                write.object.id = id(i);
                fill(write.object, i, 0);
                json.clear();
                encode(write.object.attributes, schema_, json);
                write.delta = hex(digest(json));
            }
        });
        fmt::print("{} objects of {} bytes of JSON\n", count_, json.size());
    }

    void update(bool everything) {
        const auto view = store_->view();
        std::vector<ObjectId> ids;
        std::vector<Object> objects;
        pages([&](std::size_t from, std::size_t to) {
            page_ids(from, to, ids);
            view->hydrate(ids, objects);
            for (std::size_t i = from; i < to; ++i) {
                ObjectWrite& write = changes_.objects.emplace_back();
                write.object = objects[i - from];
                fill(write.object, i, everything ? 1 : 2);
                write.identity_changed = everything;
                Delta delta;
                delta.attributes = diff(objects[i - from].attributes, write.object.attributes);
                encode(delta, schema_, write.delta);
            }
        });
    }

    void index() {
        store_->view()->index(SpaceId(2), [&](const IndexRow& row) { sink_ += row.anchor.size(); });
    }

    void hydrate(std::size_t stride) {
        const auto view = store_->view();
        std::vector<ObjectId> ids;
        std::vector<Object> objects;
        for (std::size_t i = 0; i < count_; i += limits::kPageObjects) {
            page_ids(i, std::min(count_, i + limits::kPageObjects), ids);
            for (ObjectId& one : ids)
                one = id(static_cast<std::size_t>(one.value - first_.value) * stride % count_);
            in_store([&] { view->hydrate(ids, objects); });
            sink_ += objects.front().attributes.size();
        }
    }

    void lookup() {
        const auto view = store_->view();
        std::vector<std::string> anchors;
        view->index(SpaceId(2), [&](const IndexRow& row) { anchors.emplace_back(row.anchor); });
        const std::vector<std::string_view> views(anchors.begin(), anchors.end());
        std::vector<ObjectId> ids(views.size());
        in_store([&] { view->lookup(type_, views, ids); });
    }

    void link(bool open) {
        const AttributeId member = schema_.find_attribute(type_, "member");
        pages([&](std::size_t from, std::size_t to) {
            for (std::size_t i = from; i < to; ++i)
                changes_.links.push_back({{member, id(0), id(i), {}}, open});
        });
    }

    void links() {
        std::vector<Link> found;
        store_->view()->links(std::vector{id(0)}, schema_.find_attribute(type_, "member"), found);
        sink_ += found.size();
    }

    void changes() {
        store_->view()->changed_since(SpaceId(2), {},
                                      [&](const Change& c) { sink_ += c.delta.size(); });
    }

    void singles(std::size_t count) {
        const auto view = store_->view();
        std::vector<Object> objects;
        for (std::size_t i = 0; i < count; ++i) {
            changes_.clear();
            view->hydrate(std::vector{id(i)}, objects);
            ObjectWrite& write = changes_.objects.emplace_back();
            write.object = objects.front();
            write.attributes_changed = write.identity_changed = false;
            write.delta = "{}";
            in_store([&] { store_->commit(changes_); });
        }
    }

    void check() {
        for (const std::string& complaint : store_->check(1, {}))
            fmt::print("{}\n", complaint);
    }

    ObjectId id(std::size_t i) const {
        return ObjectId(first_.value + static_cast<std::int64_t>(i));
    }
    void page_ids(std::size_t from, std::size_t to, std::vector<ObjectId>& ids) const {
        ids.clear();
        for (std::size_t i = from; i < to; ++i)
            ids.push_back(id(i));
    }

    std::size_t count_;
    Schema schema_ = make_schema();
    TypeId type_ = schema_.find_type(SpaceId(2), "person");
    std::unique_ptr<Store> store_;
    ObjectId first_;
    ChangeSet changes_;
    Time store_time_;
    std::size_t sink_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
    const std::size_t objects = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 200'000;
    const muster::testing::TempFolder folder;
    Bench(objects,
          count > 2 ? std::string(arguments[2]) + "/store_bench.db" : folder.file("store_bench.db"))
        .run();
}
