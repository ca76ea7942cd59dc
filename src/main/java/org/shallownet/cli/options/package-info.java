/** Options that commands share, with what is made of them. */
@NullMarked
package org.shallownet.cli.options;

import org.jspecify.annotations.NullMarked;
