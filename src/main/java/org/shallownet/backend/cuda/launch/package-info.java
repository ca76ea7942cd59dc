/** How a kernel is started on a card: its arguments, its grid, and what a failure is called. */
@NullMarked
package org.shallownet.backend.cuda.launch;

import org.jspecify.annotations.NullMarked;
