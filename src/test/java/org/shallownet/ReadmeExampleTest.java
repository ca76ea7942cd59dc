package org.shallownet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.Dataset;
import org.shallownet.data.Split;
import org.shallownet.model.Model;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.training.Defaults;
import org.shallownet.training.Trainer;

/** The example of the Java API: it runs, and it is what the README and its page show. */
class ReadmeExampleTest {
  @TempDir private Path folder;

  @Test
  void theExampleRuns() throws IOException {
    Path file = folder.resolve("planar.onnx");
    Dataset data = Dataset.read(Path.of("examples/planar.csv"), "label");
    Split split = data.split(0.2, 42);
    NetworkSpec network = data.network().withHidden(16, Activation.TANH);
    try (Backend backend = Backends.open("auto")) {
      Model model =
          new Trainer(backend, Defaults.settings(data))
              .listen(report -> System.out.println(report.epoch() + " " + report.devCost()))
              .fit(network, split.train(), split.dev())
              .model();
      System.out.println(model.evaluate(backend, split.dev()).asMap());
      model.save(file);
      System.out.println(Model.load(file).predict(backend, data.features()).label(0));
      assertThat(Model.load(file)).isEqualTo(model);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/java.md"})
  void thePageShowsIt(Path file) throws IOException {
    String page = Files.readString(file);
    int start = page.indexOf("```java\n");
    assertThat(start).isPositive();
    String block = page.substring(start + "```java\n".length(), page.indexOf("```", start + 3));
    List<String> shown = block.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    List<String> run =
        Files.readAllLines(Path.of("src/test/java/org/shallownet/ReadmeExampleTest.java")).stream()
            .map(String::strip)
            .toList();
    assertThat(shown).hasSizeGreaterThan(10);
    assertThat(run).containsSubsequence(shown);
  }
}
