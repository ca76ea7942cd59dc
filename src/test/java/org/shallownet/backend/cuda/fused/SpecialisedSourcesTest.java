package org.shallownet.backend.cuda.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.cuda.compile.KernelSource;

/** What is compiled for all architectures has what the benchmarks' works are trained by. */
class SpecialisedSourcesTest {
  private static final Path BASH = Path.of("/bin/bash");
  private static final String FOLDER = "kernels/";

  /** {@code ci/compile-kernels.sh} is for nvcc, and has a list of its own. */
  @Test
  void worksAreCompiledByNvccToo() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(BASH), "there is no bash here to list designs with");
    Process process =
        new ProcessBuilder(BASH.toString(), "ci/compile-kernels.sh", "--list")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String listed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    Set<Set<String>> compiled =
        listed.lines().map(line -> words(line.replace("-D", ""))).collect(Collectors.toSet());
    List<Set<String>> works =
        SpecialisedSources.works(9).stream().map(SpecialisedSourcesTest::words).toList();
    assertThat(works).hasSize(19);
    assertThat(compiled).containsAll(works);
  }

  @Test
  void worksAreAmongThem() {
    for (int major : new int[] {7, 8, 9}) {
      assertThat(SpecialisedSources.of(major)).containsAll(SpecialisedSources.works(major));
    }
  }

  private static Set<String> words(KernelSource source) {
    return Stream.concat(Stream.of(FOLDER + source.name()), source.defines().stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> words(String line) {
    return new TreeSet<>(List.of(line.split(" +", -1)));
  }
}
