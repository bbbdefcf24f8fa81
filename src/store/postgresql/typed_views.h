#pragma once

#include "store/names.h"
#include "store/postgresql/connection.h"

namespace muster::postgresql {

/// Makes one view per metaverse type, metaverse_TYPE, with a column of the right type for every
/// attribute, in place of those there were: what operators query with plain SQL. Within the
/// transaction that is open.
void create_typed_views(Connection& connection, const Schema& schema, const Names& names);

/// Whether there are any.
bool has_typed_views(Connection& connection);

}  // namespace muster::postgresql
