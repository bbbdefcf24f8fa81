#include "connect/settings.h"

#include <algorithm>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "base/limits.h"
#include "connect/connector.h"
#include "model/references.h"

namespace muster {

namespace {

std::string environment(const std::string& name, std::string_view reference) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) {
        throw Error(
            ErrorCode::configuration,
            fmt::format("{} cannot be resolved: the environment has no {}", reference, name),
            fmt::format("set it: export {}=…", name));
    }
    return value;
}

std::string file_content(const std::string& name, std::string_view reference,
                         const std::string& folder) {
    const auto path = std::filesystem::path(folder) / name;
    std::ifstream in(path, std::ios::binary);
    std::string content;
    if (in) {
        content.resize(limits::kConfigBytes + 1);
        in.read(content.data(), static_cast<std::streamsize>(content.size()));
        content.resize(static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad() || !in.is_open() || content.size() > limits::kConfigBytes) {
        throw Error(
            ErrorCode::configuration,
            fmt::format("{} cannot be resolved: {} cannot be read", reference, path.string()),
            "check that the file exists and that this user may read it");
    }
    if (content.ends_with('\n')) {
        content.pop_back();
    }
    if (content.ends_with('\r')) {
        content.pop_back();
    }
    return content;
}

std::string resolve_one(std::string_view reference, const std::string& folder) {
    const auto inner = reference.substr(2, reference.size() - 3);  // without ${ and }
    if (inner.starts_with("env:")) {
        return environment(std::string(inner.substr(4)), reference);
    }
    MUSTER_ASSERT(inner.starts_with("file:"), "a reference that was checked");
    return file_content(std::string(inner.substr(5)), reference, folder);
}

std::string as_text(const boost::json::value& value, std::string_view name) {
    MUSTER_ASSERT(value.is_string(), "setting {}", name);
    return std::string(value.as_string());
}

}  // namespace

std::string resolve_references(std::string_view text, const std::string& folder) {
    if (const auto flaw = reference_flaw(text); !flaw.empty()) {
        throw Error(ErrorCode::configuration, flaw, "write ${env:NAME} or ${file:PATH}");
    }
    std::string out;
    for (;;) {
        const auto start = text.find("${");
        if (start == std::string_view::npos) {
            return out.append(text);
        }
        const auto end = text.find('}', start);
        out.append(text.substr(0, start));
        out += resolve_one(text.substr(start, end + 1 - start), folder);
        text.remove_prefix(end + 1);
    }
}

std::string text_setting(const boost::json::object& settings, std::string_view name,
                         std::string_view fallback, const std::string& folder) {
    const auto* value = settings.if_contains(name);
    return value == nullptr ? std::string(fallback)
                            : resolve_references(as_text(*value, name), folder);
}

std::vector<std::string> list_setting(const boost::json::object& settings, std::string_view name,
                                      const std::string& folder) {
    std::vector<std::string> out;
    const auto* value = settings.if_contains(name);
    if (value == nullptr) {
        return out;
    }
    if (const auto* list = value->if_array()) {
        for (const auto& v : *list) {
            out.push_back(resolve_references(as_text(v, name), folder));
        }
    } else {
        out.push_back(resolve_references(as_text(*value, name), folder));
    }
    return out;
}

std::string path_setting(const boost::json::object& settings, std::string_view name,
                         std::string_view fallback, const std::string& folder,
                         const std::string& base) {
    const auto text = text_setting(settings, name, fallback, folder);
    return (std::filesystem::path(base) / text).lexically_normal().string();
}

bool made_by_muster(const Configuration& configuration, TypeId type) {
    return std::ranges::any_of(configuration.outbound,
                               [&](const auto& r) { return r.target == type && r.provision; }) &&
           std::ranges::none_of(configuration.inbound,
                                [&](const auto& r) { return r.source == type && r.project; });
}

}  // namespace muster
