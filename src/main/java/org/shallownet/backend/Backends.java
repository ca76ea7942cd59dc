package org.shallownet.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the backends on the class path and chooses one. */
public final class Backends {
  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);
  private static final List<String> KNOWN = List.of("cpu", "cuda");

  private Backends() {}

  /**
   * Opens a backend with default options; {@code auto} expects a large job.
   *
   * @param request {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:i}
   * @throws IllegalArgumentException if the request is none of these
   * @throws BackendUnavailableException if it can't be opened here
   */
  public static Backend open(String request) {
    return select(request, BackendOptions.DEFAULT, providers(), Long.MAX_VALUE).open();
  }

  /** The providers on the class path, those of accelerators first. */
  public static List<BackendProvider> providers() {
    List<BackendProvider> providers = new ArrayList<>();
    try {
      ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader())
          .forEach(providers::add);
    } catch (ServiceConfigurationError e) {
      LOG.warn("a backend on the class path can't be loaded", e);
    }
    providers.sort(Comparator.comparing(provider -> provider.name().equals("cpu")));
    return providers;
  }

  /**
   * Chooses a backend without opening it. A backend asked for by name is never replaced by another.
   *
   * @param request {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:i}
   * @param options threads and precision; the device is taken from the request
   * @param providers what there is to choose from, best first
   * @param work the size of the job, which decides for {@code auto} alone: multiply-adds of one
   *     pass over the data (rows times weights)
   * @throws IllegalArgumentException if the request is not one of these words
   * @throws BackendUnavailableException if what was asked for can't be opened here
   */
  public static Selection select(
      String request, BackendOptions options, List<BackendProvider> providers, long work) {
    if (request.equals("auto")) {
      return automatic(options, providers, work);
    }
    int colon = request.indexOf(':');
    String name = colon < 0 ? request : request.substring(0, colon);
    if (!KNOWN.contains(name) || (colon >= 0 && !request.matches("cuda:[0-9]{1,4}"))) {
      throw new IllegalArgumentException(
          "unknown backend '" + request + "': choose auto, cpu, cuda or cuda:i");
    }
    int device = colon < 0 ? 0 : Integer.parseInt(request.substring(colon + 1));
    BackendOptions wanted = options.withDevice(device);
    for (BackendProvider provider : providers) {
      if (provider.name().equals(name)) {
        if (provider.probe(wanted) instanceof Availability.Unavailable why) {
          throw new BackendUnavailableException(name, why);
        }
        return new Selection(provider, wanted, "asked for");
      }
    }
    throw new BackendUnavailableException(name, notInstalled(name));
  }

  /** Why a backend that no provider offers can't be used. */
  public static Availability.Unavailable notInstalled(String name) {
    return new Availability.Unavailable(
        Availability.Reason.NOT_INSTALLED,
        "this build of ShallowNet has no " + name + " backend",
        "use --backend auto or cpu");
  }

  private static Selection automatic(
      BackendOptions options, List<BackendProvider> providers, long work) {
    Availability.Unavailable last = notInstalled("usable");
    String name = "auto";
    String reason = "the best one available";
    for (BackendProvider provider : providers) {
      // Asked before the device is: a small job should not wait for a driver to start.
      if (work < provider.smallestWork() && options.precision() == BackendOptions.Precision.FP32) {
        reason = "the job is too small to gain from " + provider.name();
        continue;
      }
      Availability availability = provider.probe(options);
      if (availability instanceof Availability.Unavailable why) {
        LOG.debug("backend {} is unavailable: {}", provider.name(), why.explanation());
        reason = provider.name() + " is unavailable: " + why.explanation();
        last = why;
        name = provider.name();
      } else {
        return new Selection(provider, options, reason);
      }
    }
    throw new BackendUnavailableException(name, last);
  }

  /**
   * A choice of backend.
   *
   * @param provider what opens it
   * @param options how
   * @param reason why this one, a clause for people
   */
  public record Selection(BackendProvider provider, BackendOptions options, String reason) {
    /** Opens it for the calling thread. */
    public Backend open() {
      Backend backend = provider.open(options);
      LOG.info("backend {} ({}): {}", backend.name(), backend.device(), reason);
      return backend;
    }
  }
}
