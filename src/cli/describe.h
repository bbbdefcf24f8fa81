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
boost::json::object to_json(const Schema& schema, const Refusals& refused);
boost::json::array to_json(const Schema& schema, std::span<const Wait> waits);
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
/// What a change of Muster's own books is called: what was never deleted but is no longer there is
/// forgotten.
std::string_view change_word(std::string_view path, ChangeKind kind);
void print_change(const Console& console, const ObjectChange& change);
void print_export(const Console& console, const PendingExport& pending);
void print_items(const Console& console, std::span<const Item> items, std::string_view indent);
/// How many there are of each code, then of each the first `most` (those alike count as one);
/// `command` shows the others.
void print_items_by_code(const Console& console, std::vector<Item> items, std::size_t most,
                         std::string_view command);
/// What is held, why, and the commands that release or discard it.
void print_holds(const Console& console, const Schema& schema, std::span<const Hold> holds);
/// What is not sent because a system could not be read completely.
void print_waits(const Console& console, const Schema& schema, std::span<const Wait> waits);
/// What systems have refused and are told again, and since when.
void print_refusals(const Console& console, const Schema& schema, std::span<const Refusals> refused,
                    Instant present);

Style style_of(StepStatus status);
Style style_of(std::string_view activity_status);

}  // namespace muster
