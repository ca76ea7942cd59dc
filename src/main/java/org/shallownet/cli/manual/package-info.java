/**
 * What an archive of ShallowNet holds for readers and shells: manual pages, and completions for
 * bash, zsh and fish, made of picocli's descriptions of the commands.
 */
@NullMarked
package org.shallownet.cli.manual;

import org.jspecify.annotations.NullMarked;
