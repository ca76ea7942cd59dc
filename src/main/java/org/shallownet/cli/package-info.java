/**
 * The command line: one class per command. Only this package writes to the terminal.
 *
 * <p>May use every other package; no other package uses it.
 */
@NullMarked
package org.shallownet.cli;

import org.jspecify.annotations.NullMarked;
