#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <iosfwd>
#include <span>
#include <string_view>

#include "cli/console.h"
#include "model/schema.h"
#include "run/changes.h"
#include "run/run.h"

namespace muster {

// How results look in JSON and on a terminal, where several commands show the same thing.

boost::json::object to_json(const Item& item);
boost::json::object to_json(const Schema& schema, const Hold& hold);
boost::json::object to_json(const Schema& schema, const RunSummary& summary);
boost::json::array to_json(std::span<const ValueDifference> values);
boost::json::object to_json(const Schema& schema, const ObjectChange& change);
boost::json::object to_json(const Schema& schema, const PendingExport& pending);
boost::json::object to_json(const Schema& schema, const Object& object);

/// An instant as JSON has it; null for none.
boost::json::value instant_json(const std::optional<Instant>& moment);

void print_json(const Console& console, const boost::json::value& value);

/// A JSON array written element by element, so that its length costs no memory.
class JsonList {
 public:
    explicit JsonList(std::ostream& out);
    void add(const boost::json::value& element);
    void end();

 private:
    std::ostream& out_;
    bool first_ = true;
};

/// "  displayName  Joe → Joseph", a line an attribute; links as "+ path" and "- path" lines.
void print_values(const Console& console, std::span<const ValueDifference> values,
                  std::string_view indent);
void print_change(const Console& console, const ObjectChange& change);
void print_export(const Console& console, const PendingExport& pending);
void print_items(const Console& console, std::span<const Item> items, std::string_view indent);
/// What is held, why, and the commands that release or discard it.
void print_holds(const Console& console, const Schema& schema, std::span<const Hold> holds);

Style style_of(StepStatus status);
Style style_of(std::string_view activity_status);

}  // namespace muster
