package org.shallownet.benchmarks;

import org.shallownet.backend.Availability;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendProvider;
import org.shallownet.backend.Backends;

/** Says which backends there are. */
final class AvailableBackends {
  private AvailableBackends() {}

  /**
   * Prints a line for each backend asked for: its name, its device, and where that is empty why it
   * can't be used, separated by tabs.
   */
  public static void main(String[] names) {
    for (String name : names) {
      Availability availability = Backends.notInstalled(name);
      for (BackendProvider provider : Backends.providers()) {
        if (provider.name().equals(name)) {
          availability = provider.probe(BackendOptions.DEFAULT);
        }
      }
      if (availability instanceof Availability.Available here) {
        System.out.println(name + "\t" + here.device() + "\t");
      } else if (availability instanceof Availability.Unavailable why) {
        System.out.println(name + "\t\t" + why.explanation() + "; " + why.fix());
      }
    }
  }
}
