#pragma once

#include <gmock/gmock.h>

#include <algorithm>

#include "store/store_fixture.h"

namespace muster {

inline Instant at(std::int64_t seconds) {
    return Instant(std::chrono::seconds(seconds));
}

inline std::vector<std::string_view> views(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

/// What every store must do, when writing and in preview.
struct Case {
    StoreFactory factory;
    StoreAccess access;
};

class StoreTest : public ::testing::TestWithParam<Case>, public StoreFixture {
 public:
    StoreTest() : StoreFixture(GetParam().factory, GetParam().access) {}

    const TypeId person = type("metaverse", "person");
    const TypeId team = type("metaverse", "team");
    const TypeId user = type("directory", "user");
    const TypeId group = type("directory", "group");
    const SpaceId directory = schema.find_space("directory");
    const AttributeId member = attribute(group, "member");
    const AttributeId owner = attribute(group, "owner");
    const AttributeId manager = attribute(user, "manager");

    ObjectId make_user(const std::string& anchor, const std::string& name = {}) {
        const Object object = make(user, anchor, name);
        create(object);
        return object.id;
    }
    Object make_group(const std::string& anchor) {
        const Object object = make(group, anchor);
        create(object);
        return read(object.id);
    }
    CommitNumber write_links(ObjectId source, std::vector<LinkWrite> links) {
        std::vector<LinkChange> notes;
        for (const LinkWrite& write : links)
            notes.push_back({write.link.attribute, write.open, write.link.target, write.link.text});
        std::sort(notes.begin(), notes.end());
        ChangeSet changes;
        changes.objects.push_back(touched(source, notes));
        changes.links = std::move(links);
        return store->commit(changes);
    }
    std::vector<Link> links_of(ObjectId source, AttributeId attribute = {}) {
        std::vector<Link> links;
        store->view()->links(std::vector{source}, attribute, links);
        return links;
    }
    void plan(std::vector<ExportWrite> exports, std::vector<ExportLinkWrite> links = {},
              std::vector<ExportSweep> sweeps = {}) {
        ChangeSet changes;
        changes.exports = std::move(exports);
        changes.export_links = std::move(links);
        changes.sweeps = std::move(sweeps);
        store->commit(changes);
    }
    Export pending(ObjectId object, ExportKind kind) const {
        Export row;
        row.object = object;
        row.type = user;
        row.kind = kind;
        return row;
    }
    std::vector<Export> exports(std::vector<ExportState> states = {}) {
        std::vector<Export> rows;
        store->view()->exports(directory, states, [&](const Export& row) { rows.push_back(row); });
        return rows;
    }
    /// What was written must survive, where anything does.
    void reopen_if_durable() {
        if (GetParam().access == StoreAccess::write)
            reopen();
    }
    std::vector<std::string> check() { return store->check(1, {}); }
};

}  // namespace muster
