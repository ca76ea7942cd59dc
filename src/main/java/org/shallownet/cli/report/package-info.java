/** The page of {@code --report}: what is on it, and how it is written. */
@NullMarked
package org.shallownet.cli.report;

import org.jspecify.annotations.NullMarked;
