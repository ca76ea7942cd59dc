/**
 * What the command says of itself: examples under each {@code --help}, and what was probably meant
 * where a command line has a mistake. Knows picocli's descriptions, no command of ours.
 */
@NullMarked
package org.shallownet.cli.help;

import org.jspecify.annotations.NullMarked;
