/**
 * Tables: reading them ({@link org.shallownet.data.Table} is the door), deciding what their columns
 * are ({@link org.shallownet.data.columns.ColumnRules}), making a network's inputs of them ({@link
 * org.shallownet.data.preprocessing.Preprocessing}), splitting them.
 *
 * <p>Uses {@code network} only.
 */
@NullMarked
package org.shallownet.data;

import org.jspecify.annotations.NullMarked;
