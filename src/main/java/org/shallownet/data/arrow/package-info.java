/**
 * Arrow's files and streams, Feather among them, read by Apache Arrow for Java. It does not come
 * with the library; who has such files adds it to the class path.
 */
@NullMarked
package org.shallownet.data.arrow;

import org.jspecify.annotations.NullMarked;
