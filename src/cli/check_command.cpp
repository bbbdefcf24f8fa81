#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <ostream>
#include <string_view>
#include <tuple>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/describe.h"
#include "engine/expression.h"
#include "engine/expression_names.h"

namespace muster {
namespace {

/// Compiles every expression of a configuration and collects what is wrong with them.
class ExpressionChecker {
 public:
    ExpressionChecker(const Configuration& configuration, std::vector<Complaint>& complaints)
        : configuration_(configuration),
          evaluator_(configuration.schema),
          complaints_(complaints) {}

    void run() {
        for (const auto& rule : configuration_.inbound) {
            check(rule.scope, rule.source);
            check(rule.flows, rule.source);
        }
        for (const auto& rule : configuration_.outbound) {
            check(rule.scope, rule.source);
            check(rule.object_name, rule.source);
            check(rule.disabled_name, rule.source);
            check(rule.flows, rule.source);
            check(rule.disable_flows, rule.source);
        }
        for (const auto type : configuration_.schema.space(kMetaverse).types) {
            for (const auto& attribute : configuration_.schema.attributes(type)) {
                check_generator(configuration_.metaverse_attribute(attribute.id).generate, type);
            }
        }
    }

 private:
    void check(const std::vector<Flow>& flows, TypeId type) {
        for (const auto& flow : flows) {
            if (flow.kind == Flow::Kind::expression) {
                compile(flow.expression, type);
            }
        }
    }

    void check(const std::optional<Expression>& expression, TypeId type) {
        if (expression) {
            compile(*expression, type);
        }
    }

    void check_generator(const std::optional<Expression>& expression, TypeId type) {
        if (!expression) {
            return;
        }
        compile(*expression, type, true);
        const auto names = find_names(expression->source);
        const auto uses = [&](std::string_view name) {
            return std::ranges::count(names.variables, name, &ExpressionNames::Variable::name) > 0;
        };
        if (uses("n") && !configuration_.schema.find_attribute(type, "n")) {
            complaints_.push_back({expression->where, "the counter is called count by now, not n",
                                   "write count for n, before an attribute is called so", true});
        }
        if (uses(kCounterVariable) &&
            configuration_.schema.find_attribute(type, kCounterVariable)) {
            complaints_.push_back({expression->where,
                                   "count is the counter here, not the attribute of that name",
                                   "write attr.count where the attribute is meant", true});
        }
    }

    void compile(const Expression& expression, TypeId type, bool generates = false) {
        try {
            evaluator_.compile(expression, type, generates);
        } catch (const Error& error) {
            const auto& where = expression.where;
            const auto place = fmt::format("{}:{}:{}: ", where.file, where.line, where.column);
            std::string message = error.what();
            if (message.starts_with(place)) {  // complaints say it themselves
                message.erase(0, place.size());
            }
            complaints_.push_back({where, message, error.cure(), false});
        }
    }

    const Configuration& configuration_;
    Evaluator evaluator_;
    std::vector<Complaint>& complaints_;
};

boost::json::array to_json(const std::vector<Complaint>& complaints) {
    boost::json::array result;
    for (const auto& complaint : complaints) {
        result.push_back({{"file", complaint.where.file},
                          {"line", complaint.where.line},
                          {"column", complaint.where.column},
                          {"severity", complaint.warning ? "warning" : "error"},
                          {"message", complaint.message},
                          {"cure", complaint.cure}});
    }
    return result;
}

void print(const Console& console, const Loaded& loaded) {
    for (const auto& complaint : loaded.complaints) {
        console.out << styled(console, complaint.warning ? Style::warning : Style::bad,
                              printable(format_complaint(complaint)))
                    << '\n';
    }
    const auto warnings = static_cast<std::uint64_t>(
        std::ranges::count(loaded.complaints, true, &Complaint::warning));
    const auto errors = loaded.complaints.size() - warnings;
    if (errors > 0) {
        console.out << counted(errors, "error") << ", " << counted(warnings, "warning") << '\n';
        return;
    }
    const auto& configuration = loaded.configuration;
    console.out << fmt::format(
        "{}: {}, {}, {}{}\n", styled(console, Style::good, "the configuration is sound"),
        counted(configuration.systems.size(), "system"),
        counted(configuration.schema.space(kMetaverse).types.size(), "metaverse type"),
        counted(configuration.inbound.size() + configuration.outbound.size(), "rule"),
        warnings > 0 ? "; " + counted(warnings, "warning") : "");
}

}  // namespace

int execute(const CheckOptions&, const Context& context) {
    auto loaded = load_configuration(configuration_path(context.global));
    if (loaded.usable()) {
        ExpressionChecker(loaded.configuration, loaded.complaints).run();
        std::ranges::stable_sort(loaded.complaints, {}, [](const Complaint& c) {
            return std::tuple(c.where.file, c.where.line, c.where.column);
        });
    }
    if (context.global.json) {
        print_json(context.console,
                   boost::json::object{{"usable", loaded.usable()},
                                       {"complaints", to_json(loaded.complaints)}});
    } else {
        print(context.console, loaded);
    }
    return loaded.usable() ? 0 : 1;
}

}  // namespace muster
