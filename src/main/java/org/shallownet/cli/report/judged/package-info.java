/** What models say of rows whose targets are known, and the curves that this gives. */
@NullMarked
package org.shallownet.cli.report.judged;

import org.jspecify.annotations.NullMarked;
