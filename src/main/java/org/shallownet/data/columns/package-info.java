/**
 * What the columns of a table are: cells are collected as they are read, then {@link
 * org.shallownet.data.columns.ColumnRules} decide.
 */
@NullMarked
package org.shallownet.data.columns;

import org.jspecify.annotations.NullMarked;
