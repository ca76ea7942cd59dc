package org.shallownet.backend.cuda.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCacheTest {
  private static final byte[] CONTENT = "a library".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;
  private final List<Path> loaded = new ArrayList<>();
  private final NativeFile library = NativeFile.of("libx.so", CONTENT);

  @BeforeEach
  void requireLinux() {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "native libraries are Linux's");
  }

  private Path load(NativeFile file, Path... bases) throws IOException {
    return new NativeCache(List.of(bases)).load(file, loaded::add);
  }

  @Test
  void unpacksIntoAFolderThatOnlyItsOwnerCanEnter() throws IOException {
    Path base = folder.resolve("a/b");
    Path file = load(library, base);
    assertThat(file).hasBinaryContent(CONTENT);
    assertThat(loaded).containsExactly(file);
    for (Path own : List.of(base, file.getParent())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own)))
          .isEqualTo("rwx------");
    }
    try (Stream<Path> files = Files.list(file.getParent())) {
      assertThat(files).as("nothing is left beside it").containsExactly(file);
    }
  }

  @Test
  void usesWhatIsThereAndReplacesWhatIsNotRight() throws IOException {
    Path file = load(library, folder);
    Object before = Files.readAttributes(file, "unix:ino").get("ino");
    load(library, folder);
    assertThat(Files.readAttributes(file, "unix:ino")).containsEntry("ino", before);
    for (String wrong : new String[] {"", "a lib", "a lubrary", "something much longer"}) {
      Files.writeString(file, wrong);
      assertThat(load(library, folder)).isEqualTo(file).hasBinaryContent(CONTENT);
    }
    Files.delete(file);
    Files.createSymbolicLink(file, Files.writeString(folder.resolve("foreign"), "x"));
    assertThat(load(library, folder)).isRegularFile().hasBinaryContent(CONTENT);
    assertThat(folder.resolve("foreign")).hasContent("x");
  }

  @Test
  void closesAFolderThatOthersCouldWrite() throws IOException {
    Path file = load(library, folder);
    Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
    load(library, folder);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
        .isEqualTo("rwx------");
  }

  @Test
  void goesToTheNextFolderWhereOneCanNotHoldIt() throws IOException {
    Path blocked = Files.writeString(folder.resolve("file"), "not a folder");
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    Path good = folder.resolve("good");
    assertThat(load(library, blocked, blocked.resolve("below"), link, good)).startsWith(good);
    assertThatThrownBy(() -> load(library, blocked))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("libx.so");
  }

  @Test
  void goesToTheNextFolderWhereNothingMayBeExecuted() throws IOException {
    Path noexec = folder.resolve("noexec");
    Path good = folder.resolve("good");
    NativeCache cache = new NativeCache(List.of(noexec, good));
    NativeCache.Loading loader =
        file -> {
          if (file.startsWith(noexec)) {
            throw new UnsatisfiedLinkError(
                file + ": failed to map segment from shared object: Operation not permitted");
          }
        };
    assertThat(cache.load(library, loader)).startsWith(good);
  }

  @Test
  void anotherRefusalOfTheLoaderIsFinal() {
    NativeCache cache = new NativeCache(List.of(folder.resolve("a"), folder.resolve("b")));
    NativeCache.Loading loader =
        file -> {
          throw new UnsatisfiedLinkError("libcublas.so.12: cannot open shared object file");
        };
    assertThatThrownBy(() -> cache.load(library, loader)).isInstanceOf(UnsatisfiedLinkError.class);
    assertThat(folder.resolve("b")).doesNotExist();
  }

  @Test
  void unpacksFromAJarAndKnowsByItsChecksumWhatIsDamaged() throws IOException {
    Path jar = folder.resolve("x.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry("lib/libx.so"));
      out.write(CONTENT);
      out.closeEntry();
    }
    URL resource = URI.create("jar:" + jar.toUri() + "!/lib/libx.so").toURL();
    NativeFile packed = NativeFile.of("libx.so", resource);
    Path file = load(packed, folder);
    assertThat(file).hasBinaryContent(CONTENT);
    for (String wrong : new String[] {"", "a lubrary", "longer than that"}) {
      Files.writeString(file, wrong);
      assertThat(load(packed, folder)).hasBinaryContent(CONTENT);
    }
  }

  @Test
  void foldersOfAUserInOrder() {
    assertThat(
            NativeCache.bases(
                Map.of("XDG_CACHE_HOME", "/c", "XDG_RUNTIME_DIR", "/run/user/1"), "/home/u"))
        .startsWith(Path.of("/c/shallownet"), Path.of("/run/user/1/shallownet"));
    assertThat(NativeCache.bases(Map.of("XDG_CACHE_HOME", "relative"), "/home/u").get(0))
        .isEqualTo(Path.of("/home/u/.cache/shallownet"));
  }
}
