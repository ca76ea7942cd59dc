package org.shallownet.backend.folders;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Whether another user could put something in the place of a file or folder: by writing to it, or
 * by renaming a folder on the way to it. Everything on the way is looked at, links and what they
 * lead to. Root is trusted, as nothing is safe from it; systems without Unix's owners and modes
 * have nothing to look at.
 */
public final class Planting {
  /** As many links as Linux follows. */
  private static final int MOST_LINKS = 40;

  private static final int GROUP_WRITES = 0020;
  private static final int OTHERS_WRITE = 0002;

  /** In a folder with this bit only its owner, and theirs, may rename or remove files. */
  private static final int STICKY = 01000;

  /** In a mode: what kind of file it is, and that of a folder. */
  private static final int KIND = 0170000;

  private static final int FOLDER = 0040000;
  private static final int ROOT = 0;
  private static final boolean UNIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

  /** What is asked of each thing on the way. */
  private interface Rule {
    /**
     * What speaks against a thing.
     *
     * @param above the folder that it is in, null for the top of the file system
     */
    @Nullable String objection(Entry thing, @Nullable Entry above);
  }

  private record Entry(int owner, int group, int mode) {
    static Entry of(Path path) throws IOException {
      return new Entry(read(path, "uid"), read(path, "gid"), read(path, "mode"));
    }

    private static int read(Path path, String attribute) throws IOException {
      return (int) Files.getAttribute(path, "unix:" + attribute, LinkOption.NOFOLLOW_LINKS);
    }

    /** The same without a mode, as for a link: all of its bits are set and mean nothing. */
    Entry withoutMode() {
      return new Entry(owner, group, 0);
    }

    boolean has(int bit) {
      return (mode & bit) != 0;
    }

    /** A folder whose files are safe from all but their owners. */
    boolean sticky() {
      return (mode & KIND) == FOLDER && has(STICKY);
    }

    /** Whether its group is the one that systems make for its owner alone, with the same number. */
    boolean groupOfOwner() {
      return owner == group && owner != ROOT;
    }
  }

  private Planting() {}

  /**
   * Requires that nobody but a user and root could put a folder in the place of this one: for what
   * is the user's own, such as a cache.
   *
   * @param user a file or folder of the user's
   * @throws IOException if somebody else could, or the way to it can't be looked at
   */
  public static void requireOwnWay(Path folder, Path user) throws IOException {
    if (!UNIX) {
      return;
    }
    int uid = Entry.of(user).owner();
    Path parent = folder.toAbsolutePath().normalize().getParent();
    if (parent != null) {
      require(
          parent,
          (thing, above) ->
              thing.owner() != uid && thing.owner() != ROOT
                  ? "belongs to another user"
                  : thing.sticky()
                      ? null
                      : thing.has(OTHERS_WRITE)
                              || (thing.has(GROUP_WRITES) && !thing.groupOfOwner())
                          ? "can be written by others"
                          : null);
    }
  }

  /**
   * Requires of a file that whoever set up this machine, or the user, has named that not just
   * anybody could have put it there: nothing on the way to it can be written by everybody, and what
   * is in a folder where everybody may make files, such as {@code /tmp}, is this process's user's
   * or root's. Whose it is otherwise is the choice of those who named it.
   *
   * @throws IOException if anybody could, or the way to it can't be looked at
   */
  public static void requireNoneOfAnybody(Path file) throws IOException {
    if (!UNIX) {
      return;
    }
    // Linux says by this whose process it is; elsewhere root alone is known.
    Path process = Path.of("/proc/self/status");
    int uid = Files.exists(process) ? Entry.of(process).owner() : ROOT;
    require(
        file.toAbsolutePath().normalize(),
        (thing, above) ->
            thing.has(OTHERS_WRITE) && !thing.sticky()
                ? "can be written by everybody"
                : above != null
                        && above.has(OTHERS_WRITE)
                        && thing.owner() != uid
                        && thing.owner() != ROOT
                    ? "belongs to another user, in a folder where everybody may make files"
                    : null);
  }

  private static void require(Path path, Rule rule) throws IOException {
    Path place = path.getRoot();
    object(place, Entry.of(place), null, rule);
    Deque<Path> rest = new ArrayDeque<>();
    path.forEach(rest::addLast);
    int links = 0;
    while (!rest.isEmpty()) {
      Path name = rest.removeFirst();
      if (name.toString().equals("..")) {
        place = place.getParent() == null ? place : place.getParent();
        continue;
      }
      Path next = place.resolve(name);
      Entry entry = Entry.of(next);
      if (!Files.isSymbolicLink(next)) {
        object(next, entry, Entry.of(place), rule);
        place = next;
        continue;
      }
      links++;
      if (links > MOST_LINKS) {
        throw new FileSystemLoopException(path.toString());
      }
      object(next, entry.withoutMode(), Entry.of(place), rule);
      Path target = Files.readSymbolicLink(next);
      Deque<Path> followed = new ArrayDeque<>();
      target.forEach(followed::addLast);
      followed.addAll(rest);
      rest = followed;
      place = target.isAbsolute() ? target.getRoot() : place;
    }
  }

  private static void object(Path place, Entry entry, @Nullable Entry above, Rule rule)
      throws IOException {
    String objection = rule.objection(entry, above);
    if (objection != null) {
      throw new IOException(place + " " + objection);
    }
  }
}
