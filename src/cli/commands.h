#pragma once

#include "cli/options.h"
#include "cli/session.h"

namespace muster {

// One function per command, each in <command>_command.cpp. They print their results, return the
// exit code, and throw Error where they cannot do their work.

int execute(const InitOptions& options, const Context& context);
int execute(const CheckOptions& options, const Context& context);
int execute(const SchemaOptions& options, const Context& context);
int execute(const DiscoverOptions& options, const Context& context);
int execute(const RunCommandOptions& options, const Context& context);
int execute(const PreviewOptions& options, const Context& context);
int execute(const StatusOptions& options, const Context& context);
int execute(const ShowOptions& options, const Context& context);
int execute(const ExplainOptions& options, const Context& context);
int execute(const HistoryOptions& options, const Context& context);
int execute(const ExportsOptions& options, const Context& context);
int execute(const ReleaseOptions& options, const Context& context);
int execute(const DbInitOptions& options, const Context& context);
int execute(const DbMigrateOptions& options, const Context& context);
int execute(const DbMoveOptions& options, const Context& context);
int execute(const DbCheckOptions& options, const Context& context);
int execute(const DbStatusOptions& options, const Context& context);
int execute(const DbForgetOptions& options, const Context& context);
int execute(const GenerateOptions& options, const Context& context);
int execute(const ShowText& text, const Context& context);

}  // namespace muster
