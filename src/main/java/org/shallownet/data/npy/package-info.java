/** Tables in NumPy's files, which stay there. */
@NullMarked
package org.shallownet.data.npy;

import org.jspecify.annotations.NullMarked;
