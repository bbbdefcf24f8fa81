#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "connect/connector.h"
#include "connect/input_file.h"
#include "connect/ldif/layout.h"

namespace muster::ldif {

/// A record taken apart, to be changed.
struct Draft {
    std::string dn;
    std::vector<std::pair<std::string, std::string>> fields;  ///< name and value, bytes as they are
};

/// One LDIF file, held to be changed: its content once, and about 100 bytes a record. Keeps records
/// and attributes that are none of ours, but not comments. Several types may lie in it.
///
///   load → apply()… → save() → apply()… → save()
class Editor {
 public:
    /// Loads the file; a missing one is empty. Throws Error(data) where it has a record that cannot
    /// be read, and could hence not be kept.
    Editor(const Schema& schema, const Layout& layout, std::string path);

    /// Carries out an operation in memory.
    Outcome apply(const Operation& operation);
    bool dirty() const { return dirty_; }
    /// Replaces the file, parents before children. Returns false where the new one is in place but
    /// might not survive a power cut. Throws Error(connection) with the old one in place, also
    /// where somebody else wrote to it since it was loaded.
    [[nodiscard]] bool save();

 private:
    struct Refusal {
        const char* code;
        std::string message;
    };
    static constexpr std::uint32_t kTwice = UINT32_MAX;  // several records have the key

    void load();
    std::optional<Refusal> create(const Operation& operation, Outcome& outcome);
    std::optional<Refusal> change(const Operation& operation, Outcome& outcome);
    std::optional<Refusal> erase(const Operation& operation);
    std::optional<Refusal> put(const Operation& operation, std::uint32_t number, const Draft& draft,
                               Outcome& outcome);
    std::vector<Digest> keys_of(const Draft& draft) const;
    std::string anchor_of(const TypeLayout& type, const Draft& draft) const;

    const Schema& schema_;
    const Layout& layout_;
    std::string path_;
    FileStamp stamp_;
    std::vector<std::string> records_;                         // packed drafts; empty: erased
    boost::unordered_flat_map<Digest, std::uint32_t> by_key_;  // the DN, and anchor by type
    bool dirty_ = false;
};

}  // namespace muster::ldif
