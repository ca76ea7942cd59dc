/** Tables in NumPy's files, mapped into memory. */
@NullMarked
package org.shallownet.data.npy;

import org.jspecify.annotations.NullMarked;
