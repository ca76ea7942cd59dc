package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.compile.KernelSource;
import org.shallownet.backend.cuda.fused.FusedKernel;
import org.shallownet.backend.cuda.fused.WholeRunEngine;

/** What {@code kernels/} holds against the enums that list it. */
class KernelSourcesTest {
  private static final Path FOLDER = Path.of("kernels");
  private static final Path JAVA = Path.of("src/main/java/org/shallownet/backend/cuda");

  private static final Pattern KERNEL =
      Pattern.compile(
          "((?://[^\n]*\n)*)extern \"C\" __global__ void __launch_bounds__"
              + "\\((?:kBlock(?:, (?:k\\w*BlocksPerSm|1))?|kThreads, MIN_BLOCKS)\\)\\s+"
              + "(\\w+)\\(([^)]*)\\)\\s*\\{");

  private static final Pattern STRUCT =
      Pattern.compile("struct (\\w+) \\{\\s*((?:[\\w* ]+;\\s*)+)\\};");

  private static Map<String, Definition> definitions;

  /** The members of structs, by name. */
  private static Map<String, List<String>> structs;

  /** A kernel as an enum lists it; struct is empty where arguments are parameters. */
  private record Listed(
      String constant, String symbol, String file, List<Kernel.Argument> arguments, String struct) {
    @Override
    public String toString() {
      return constant;
    }
  }

  private static Stream<Listed> kernels() {
    return Stream.concat(
        Arrays.stream(Kernel.values())
            .map(
                k ->
                    new Listed(
                        "Kernel." + k.name(),
                        k.symbol(),
                        k.file(),
                        k.arguments(),
                        k.struct().map(KernelSourcesTest::inSources).orElse(""))),
        Arrays.stream(FusedKernel.values())
            .map(
                k ->
                    new Listed(
                        "FusedKernel." + k.name(), k.symbol(), k.file(), k.arguments(), "")));
  }

  /** What a struct is called in the sources: ADAM_RATES is AdamRates. */
  private static String inSources(Kernel.Struct struct) {
    return Arrays.stream(struct.name().split("_", -1))
        .map(word -> word.charAt(0) + word.substring(1).toLowerCase(Locale.ROOT))
        .collect(Collectors.joining());
  }

  /** A kernel as its source has it. */
  private record Definition(String file, String header, List<String> parameters) {}

  @BeforeAll
  static void parse() {
    definitions = new LinkedHashMap<>();
    structs = new LinkedHashMap<>();
    for (Path file : sources()) {
      String text = read(file);
      Matcher struct = STRUCT.matcher(text);
      while (struct.find()) {
        structs.put(
            struct.group(1),
            Arrays.stream(struct.group(2).strip().split(";\\s*", -1))
                .filter(member -> !member.isEmpty())
                .toList());
      }
      Matcher matcher = KERNEL.matcher(text);
      int found = 0;
      while (matcher.find()) {
        List<String> parameters =
            Arrays.stream(matcher.group(3).split(",", -1)).map(String::strip).toList();
        Definition definition =
            new Definition(file.getFileName().toString(), matcher.group(1), parameters);
        assertThat(definitions.put(matcher.group(2), definition)).as(matcher.group(2)).isNull();
        found++;
      }
      assertThat(found).as("kernels of the expected form in " + file).isEqualTo(count(text));
    }
  }

  private static int count(String text) {
    return text.split("__global__", -1).length - 1;
  }

  private static List<Path> sources() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().matches(".*\\.cuh?")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Kernel.Argument type(String parameter) {
    String type = parameter.replaceAll("\\w+$", "").replace("const ", "").strip();
    return switch (type) {
      case "long long" -> Kernel.Argument.LONG;
      case "int" -> Kernel.Argument.INT;
      case "float" -> Kernel.Argument.FLOAT;
      case "double" -> Kernel.Argument.DOUBLE;
      default -> {
        assertThat(type).as(parameter).endsWith("*");
        yield Kernel.Argument.POINTER;
      }
    };
  }

  @Test
  void theEnumsListExactlyTheKernelsThatThereAre() {
    assertThat(kernels().map(Listed::symbol))
        .containsExactlyInAnyOrderElementsOf(definitions.keySet());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void fileAndArgumentsAgree(Listed kernel) {
    Definition definition = definitions.get(kernel.symbol());
    assertThat(kernel.file()).isEqualTo(definition.file());
    if (kernel.struct().isEmpty()) {
      assertThat(kernel.arguments())
          .isEqualTo(definition.parameters().stream().map(KernelSourcesTest::type).toList());
    } else {
      String struct = kernel.struct();
      assertThat(definition.parameters())
          .containsExactly(struct + " one", "const " + struct + "* many");
      assertThat(kernel.arguments())
          .isEqualTo(structs.get(struct).stream().map(KernelSourcesTest::type).toList());
    }
  }

  /** Members begin where they do in C++: at multiples of their sizes, one after the other. */
  @Test
  void structsAreLaidOutAsInTheSources() {
    assertThat(Kernel.Struct.BIAS_ACTIVATE.bytes()).isEqualTo(32);
    assertThat(Kernel.Struct.ADD_SIGN.offset(1)).isEqualTo(8);
    assertThat(Kernel.Struct.ADD_SIGN.offset(2)).isEqualTo(16);
    assertThat(Kernel.Struct.ADAM.bytes()).isEqualTo(80);
    assertThat(Arrays.stream(Kernel.Struct.values()).mapToInt(Kernel.Struct::bytes).max())
        .hasValue(CudaStacks.MOST_STRUCT_BYTES);
  }

  /** One of those performed at once must start nothing but launches that can be put together. */
  @ParameterizedTest
  @MethodSource("kernels")
  void operationsThatShareLaunchesHaveTheirArgumentsInStructs(Listed kernel) {
    String header = definitions.get(kernel.symbol()).header();
    Set<String> stacked =
        CudaStacks.STACKED.stream()
            .map(type -> "CudaOperations.run(" + type.getSimpleName() + ")")
            .collect(Collectors.toSet());
    List<String> callers =
        Arrays.stream(header.substring(header.indexOf("Caller:") + 7).strip().split(", *", -1))
            .toList();
    boolean checks = kernel.symbol().equals("output_check_classes");
    assertThat(callers.stream().anyMatch(stacked::contains) && !checks)
        .as("%s", callers)
        .isEqualTo(!kernel.struct().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void theHeaderSaysAllAndNamesTheCaller(Listed kernel) {
    String header = definitions.get(kernel.symbol()).header();
    Map<String, String> sections = new LinkedHashMap<>();
    Matcher section =
        Pattern.compile("// (\\w+): +(.+(?:\n//  .+)*)", Pattern.MULTILINE).matcher(header);
    while (section.find()) {
      sections.put(section.group(1), section.group(2));
    }
    assertThat(sections.keySet())
        .containsExactly("Formula", "Shapes", "Launch", "Aliasing", "Order", "Caller");
    List<String> callers =
        Stream.of(
                Arrays.stream(CudaOperations.class.getDeclaredMethods())
                    .filter(method -> method.getName().equals("run"))
                    .map(method -> method.getParameterTypes()[0].getSimpleName())
                    .map(operation -> "CudaOperations.run(" + operation + ")"),
                methods(CudaBackend.class),
                methods(WholeRunEngine.class))
            .flatMap(names -> names)
            .toList();
    assertThat(sections.get("Caller").split(", *", -1)).isSubsetOf(callers);
  }

  private static Stream<String> methods(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .map(method -> type.getSimpleName() + "." + method.getName());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void someCodeLaunchesIt(Listed kernel) throws IOException {
    String code;
    try (Stream<Path> files = Files.walk(JAVA)) {
      code =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .map(KernelSourcesTest::read)
              .collect(Collectors.joining());
    }
    assertThat(code).containsPattern("\\b" + kernel.constant() + "\\b");
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void thePageListsIt(Listed kernel) {
    String name = kernel.symbol();
    String family = name.replaceAll("_(thread|warp|block)$", "");
    String page = read(FOLDER.resolve("README.md"));
    assertThat(page).containsAnyOf("`" + name + "`", "`" + family + "_thread`, `_warp`, `_block`");
  }

  @Test
  void sourcesUseNothingThatNvrtcLacks() {
    Pattern missing =
        Pattern.compile("#include <|\\b(INFINITY|NAN|FLT_MAX|u?int\\d+_t|size_t|assert|printf)\\b");
    // Sums by atomics come in another order each time.
    Pattern atomicSums = Pattern.compile("atomicAdd");
    for (Path file : sources()) {
      String code = read(file).replaceAll("//.*", "");
      assertThat(code).as(file.toString()).doesNotContainPattern(missing);
      assertThat(code).as(file.toString()).doesNotContainPattern(atomicSums);
    }
  }

  @Test
  void theClassPathHoldsTheSources() {
    List<String> read = new ArrayList<>();
    for (Listed kernel : kernels().toList()) {
      KernelSource source = KernelSource.read(kernel.file());
      assertThat(source.text()).isEqualTo(read(FOLDER.resolve(kernel.file())));
      read.add(source.name());
      source
          .headers()
          .forEach(
              (name, text) -> {
                assertThat(text).isEqualTo(read(FOLDER.resolve(name)));
                read.add(name);
              });
    }
    assertThat(sources().stream().map(file -> file.getFileName().toString())).containsAll(read);
    assertThat(read).containsAll(sources().stream().map(f -> f.getFileName().toString()).toList());
  }
}
