// The JSON Schema and the reference say what the loader does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cstdio>
#include <memory>
#include <set>

#include "config/keys.h"
#include "config/test_files.h"
#include "model/connector_settings.h"
#include "support/repository.h"
#include "support/temp_folder.h"

namespace muster::config {
namespace {

/// Prints, for every YAML file named after the schema, "ok" or "bad" and why.
constexpr const char* kValidate = R"(
import json, sys, yaml
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1]))
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
def as_json(node):  # whose keys are texts: the key null is "null"
    if isinstance(node, dict):
        return {'null' if key is None else str(key): as_json(value) for key, value in node.items()}
    return [as_json(item) for item in node] if isinstance(node, list) else node
for path in sys.argv[2:]:
    document = as_json(yaml.safe_load(open(path)))
    errors = sorted(e.json_path + ' ' + e.message[:300] for e in validator.iter_errors(document))
    print('bad ' + '; '.join(errors) if errors else 'ok')
)";

/// One line for each document: what an editor would say of it.
std::vector<std::string> validate(const std::vector<std::string>& documents) {
    const testing::TempFolder folder;
    std::string command = "/usr/bin/python3 " + folder.write("validate.py", kValidate) + " " +
                          folder.write("schema.json", configuration_json_schema());
    for (std::size_t i = 0; i < documents.size(); ++i) {
        command += " " + folder.write(std::to_string(i) + ".yaml", documents[i]);
    }
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>&1").c_str(), "r"),
                                                     pclose);
    std::string output;
    char buffer[4096];
    while (const auto n = fread(buffer, 1, sizeof buffer, pipe.get())) {
        output.append(buffer, n);
    }
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < output.size();) {
        const auto end = std::min(output.find('\n', at), output.size());
        lines.push_back(output.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

std::string with(std::string_view from, std::string_view to) {
    std::string text = kSound;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(JsonSchema, AcceptsWhatTheLoaderAccepts) {
    EXPECT_THAT(
        validate({kSound,
                  testing::read_file(testing::repository_path("examples/congress/muster.yaml")),
                  with("bind_dn: cn=x", R"(bind_dn: cn=x, start_tls: "${env:TLS}")")}),
        ::testing::ElementsAre("ok", "ok", "ok"));
}

TEST(JsonSchema, RefusesUnknownKeysWhereTheLoaderDoes) {
    // Each puts an unknown key into another mapping.
    const std::vector<std::string> documents = {
        with("history: 30", "history: 30\nzzz: 1"),
        with("delete: { when", "zzz: 1\n    delete: { when"),
        with("delete: { when", "delete: { zzz: 1, when"),
        with("emails: { type", "emails: { zzz: 1, type"),
        with("generate: { for", "generate: { zzz: 1, for"),
        with("    connector: csv", "    zzz: 1\n    connector: csv"),
        with("settings: { folder", "settings: { zzz: 1, folder"),
        with("        anchor: id", "        zzz: 1\n        anchor: id"),
        with("settings: { file", "settings: { zzz: 1, file"),
        with("nicks: { type", "nicks: { zzz: 1, type"),
        with("settings: { column", "settings: { zzz: 1, column"),
        with("limits: { deletes: 5", "limits: { zzz: 1, deletes: 5"),
        with("removals: { count", "removals: { zzz: 1, count"),
        with("    project: true", "    zzz: 1\n    project: true"),
        with("    provision: true", "    zzz: 1\n    provision: true"),
        with("surname: { expression", "surname: { zzz: 1, expression"),
        with("sn: { constant", "sn: { zzz: 1, constant"),
        with("      action: move", "      zzz: 1\n      action: move"),
        with("sn: { constant: Gone", "sn: { zzz: 1, constant: Gone"),
        with("null: assert", "initial: true"),
        with("initial: true", "null: assert"),
    };
    const auto verdicts = validate(documents);
    ASSERT_EQ(verdicts.size(), documents.size()) << ::testing::PrintToString(verdicts);
    for (std::size_t i = 0; i < documents.size(); ++i) {
        EXPECT_THAT(verdicts[i], ::testing::StartsWith("bad ")) << documents[i];
        EXPECT_THAT(printed(load_text(documents[i])),
                    ::testing::Contains(::testing::HasSubstr("error: unknown ")))
            << documents[i];
    }
}

TEST(JsonSchema, RefusesWrongValuesWhereTheLoaderDoes) {
    const std::vector<std::string> documents = {
        with("number: integer", "number: integr"),
        with("merge: union", "merge: all"),
        with("grace: 30 days", "grace: 30 dais"),
        with("deletes: 5", "deletes: 5 people"),
        with("connector: csv", "connector: cvs"),
        with("history: 30", "history: soon"),
        with("memory: 512 MiB", "memory: 512 MB"),
        with("processing: in-memory", "processing: fast"),
        with("provision: true", "provision: maybe"),
        with("sn: { constant: Somebody", "sn: { constant: Somebody, from: surname"),
        with("\"${env:PASSWORD}\"", "hunter2"),
        with("        settings: { file: people.csv }\n", ""),
        with("        anchor: id\n", ""),
        with("settings: { folder: data }", "settings: data"),
        with("join: [ { id: uid } ]", "join: { id: uid }"),
        with("    from: hr.team\n", ""),
    };
    const auto verdicts = validate(documents);
    ASSERT_EQ(verdicts.size(), documents.size()) << ::testing::PrintToString(verdicts);
    for (std::size_t i = 0; i < documents.size(); ++i) {
        EXPECT_THAT(verdicts[i], ::testing::StartsWith("bad ")) << documents[i];
        EXPECT_FALSE(load_text(documents[i]).usable()) << documents[i];
    }
}

/// How many descriptions a schema has.
std::size_t described(const boost::json::value& schema) {
    std::size_t count = 0;
    if (const auto* array = schema.if_array()) {
        for (const auto& item : *array) {
            count += described(item);
        }
    }
    if (const auto* object = schema.if_object()) {
        count += object->contains("description") ? 1 : 0;
        for (const auto& member : *object) {
            count += described(member.value());
        }
    }
    return count;
}

TEST(JsonSchema, DescribesEveryKey) {
    std::size_t keys = 0;
    for (const auto* mapping : all_mappings()) {
        keys += mapping->keys.size();
    }
    EXPECT_GE(described(boost::json::parse(configuration_json_schema())), keys);
}

TEST(Keys, AreToldApartAndExplained) {
    for (const auto* mapping : all_mappings()) {
        std::set<std::string_view> names;
        EXPECT_FALSE(mapping->help.empty()) << mapping->path;
        for (const auto& key : mapping->keys) {
            EXPECT_TRUE(names.insert(key.name).second) << key.name;
            EXPECT_THAT(key.help, ::testing::EndsWith(".")) << key.name;
            const bool nests = key.shape == Shape::mapping || key.shape == Shape::named;
            EXPECT_EQ(key.mapping != nullptr, nests) << key.name;
            EXPECT_EQ(!key.choices.empty(), key.shape == Shape::choice) << key.name;
        }
        for (const auto key : mapping->one_of) {
            EXPECT_NE(mapping->find(key), nullptr) << key;
        }
        EXPECT_TRUE(mapping->plain.empty() || mapping->find(mapping->plain) != nullptr);
    }
}

TEST(Connectors, AreFoundByName) {
    for (const auto& spec : connector_specs()) {
        EXPECT_EQ(find_connector_spec(spec.name), &spec);
    }
    EXPECT_EQ(find_connector_spec("cvs"), nullptr);
}

TEST(Reference, IsWhatTheDocumentationSays) {
    EXPECT_TRUE(testing::read_file(testing::repository_path("docs/configuration.md")) ==
                configuration_reference())
        << "docs/configuration.md is out of date: run "
           "`muster schema --reference > docs/configuration.md`";
}

}  // namespace
}  // namespace muster::config
