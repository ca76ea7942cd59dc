/** Folders on the disk in which backends keep what they have made: whose they are, and where. */
@NullMarked
package org.shallownet.backend.folders;

import org.jspecify.annotations.NullMarked;
