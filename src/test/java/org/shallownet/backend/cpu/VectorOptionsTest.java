package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The classes whose loops are compiled by themselves stand wherever Java is started, since a shell,
 * Python and a page can't read one another: in all places the same.
 */
class VectorOptionsTest {
  private static final Pattern KERNELS = Pattern.compile("\\bVector[A-Z]\\w+");

  private static Set<String> kernels(String text) {
    return KERNELS
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> ofTests() {
    return kernels(String.join(" ", OwnJvm.VECTORS));
  }

  @ParameterizedTest
  @ValueSource(strings = {"shallownet", "benchmarks/project.py", "ci/card/run", "docs/java.md"})
  void everyPlaceNamesTheSameClasses(String file) throws IOException {
    String text = Files.readString(Path.of(file));
    assertThat(kernels(text)).as(file).isEqualTo(ofTests());
    assertThat(text).as(file).contains("CompileCommand=dontinline,");
    // The command loads the module by itself where the launcher asks for it.
    assertThat(text).as(file).containsAnyOf("jdk.incubator.vector", "-Dshallownet.vectors=load");
  }

  @Test
  void theClassesAreThere() {
    assertThat(ofTests())
        .isNotEmpty()
        .allSatisfy(
            name ->
                assertThat(
                        getClass()
                            .getResource("/org/shallownet/backend/cpu/vector/" + name + ".class"))
                    .as(name)
                    .isNotNull());
  }
}
