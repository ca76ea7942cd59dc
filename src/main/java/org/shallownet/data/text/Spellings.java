package org.shallownet.data.text;

import java.util.List;
import java.util.Locale;

/** How words such as no and yes are usually spelled. */
public final class Spellings {
  private Spellings() {}

  /** A word in small letters, in capitals and with a capital first. */
  public static List<String> of(String word) {
    String small = word.toLowerCase(Locale.ROOT);
    String first = small.substring(0, 1).toUpperCase(Locale.ROOT) + small.substring(1);
    return List.of(small, small.toUpperCase(Locale.ROOT), first);
  }
}
