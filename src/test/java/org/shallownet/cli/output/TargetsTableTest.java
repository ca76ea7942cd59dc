package org.shallownet.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.shallownet.model.metrics.RegressionMetrics;
import org.shallownet.model.metrics.SeveralMetrics;

class TargetsTableTest {
  @Test
  void namesOfMetricsDoNotTouchAndNumbersStandBelowTheirEnds() {
    RegressionMetrics counts = new RegressionMetrics(20, 1.5, 1.25, 0.5, 0.75);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    TargetsTable.print(
        Terminal.plain(out, out),
        new SeveralMetrics(List.of("visits", "calls"), List.of(counts, counts), Double.NaN));
    List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().skip(1).toList();
    assertThat(lines.get(0)).matches("target +rmse +mae +r2  poisson_deviance");
    assertThat(lines.get(1)).startsWith("visits ").endsWith(" 0.7500").hasSameSizeAs(lines.get(0));
    assertThat(lines.get(2)).startsWith("calls ").hasSameSizeAs(lines.get(0));
  }
}
