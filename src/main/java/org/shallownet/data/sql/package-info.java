/**
 * Tables that JDBC drivers read: SQL queries anywhere, and Parquet, JSON, DuckDB and SQLite files.
 * No driver comes with the library; those that are needed have to be on the class path.
 */
@NullMarked
package org.shallownet.data.sql;

import org.jspecify.annotations.NullMarked;
