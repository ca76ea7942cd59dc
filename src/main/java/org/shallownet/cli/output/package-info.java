/** What commands print and write: tables for people, progress, JSON, files. */
@NullMarked
package org.shallownet.cli.output;

import org.jspecify.annotations.NullMarked;
