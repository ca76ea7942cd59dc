/**
 * Tables whose columns have types of their own, unlike those of CSV: what such a table becomes,
 * whichever format its rows come from.
 */
@NullMarked
package org.shallownet.data.typed;

import org.jspecify.annotations.NullMarked;
