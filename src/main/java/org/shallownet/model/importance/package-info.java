/** How much a model's answers depend on each column. */
@NullMarked
package org.shallownet.model.importance;

import org.jspecify.annotations.NullMarked;
