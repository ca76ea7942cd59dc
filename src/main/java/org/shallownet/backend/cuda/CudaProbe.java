package org.shallownet.backend.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Availability;
import org.shallownet.backend.Availability.Reason;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.Finding;
import org.shallownet.backend.cuda.compile.KernelCompiler;
import org.shallownet.backend.cuda.compile.KernelLibrary;
import org.shallownet.backend.cuda.driver.DriverCalls;
import org.shallownet.backend.cuda.natives.CudaNatives;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.folders.CacheFolder;

/**
 * Finds out whether there is a usable card, and if not, what is missing.
 *
 * <p>Where there is no driver that takes a look at a few folders. The driver's answers are
 * remembered: a process sees the same cards for as long as it runs.
 */
public final class CudaProbe {
  /** The driver's version that JCuda was made for, as the driver counts: 1000 major + 10 minor. */
  private static final int OLDEST_DRIVER = 12000;

  private static final CudaProbe THIS_PROCESS = new CudaProbe(CudaNatives.ofThisProcess());

  private final CudaNatives natives;
  private @Nullable Driver driver;
  private @Nullable BackendUnavailableException failure;

  /**
   * A card.
   *
   * @param bytes the size of its memory
   * @param major the architecture (compute capability) before the dot
   * @param minor the architecture after the dot
   */
  private record Card(String name, long bytes, int major, int minor) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%s, %d MiB, compute capability %d.%d", name, bytes >> 20, major, minor);
    }
  }

  /** What the driver says. */
  private record Driver(int version, List<Card> cards) {
    int major() {
      return version / 1000;
    }

    String versionText() {
      return major() + "." + version % 1000 / 10;
    }
  }

  /** A probe that loads what it needs from there. */
  public CudaProbe(CudaNatives natives) {
    this.natives = natives;
  }

  /** This process's. */
  static CudaProbe ofThisProcess() {
    return THIS_PROCESS;
  }

  /** Whether a card can be used, after which JCuda's classes can be; throws nothing. */
  public Availability probe(int device) {
    try {
      Driver found = driver();
      Card card = card(found, device);
      natives.loadNvrtc(found.major());
      requireArchitecture(card);
      natives.loadCublas(found.major());
      return new Availability.Available(card.toString());
    } catch (BackendUnavailableException e) {
      return e.why();
    } catch (RuntimeException | LinkageError e) {
      return new Availability.Unavailable(
          Reason.UNLOADABLE, "CUDA fails: " + e, "reinstall NVIDIA's driver and CUDA");
    }
  }

  /** The state of each part that the backend needs; throws nothing. */
  List<Finding> diagnose() {
    List<Finding> findings = new ArrayList<>();
    Driver found = null;
    try {
      CudaNatives.Loaded library = natives.loadDriver();
      found = driver();
      findings.add(
          Finding.good("driver", release() + "CUDA " + found.versionText() + ": " + library));
      for (int i = 0; i < found.cards().size(); i++) {
        findings.add(Finding.good("device " + i, found.cards().get(i).toString()));
      }
    } catch (BackendUnavailableException e) {
      findings.add(Finding.bad("driver", e.why()));
    } catch (RuntimeException | LinkageError e) {
      findings.add(new Finding("driver", "it fails: " + e, "reinstall NVIDIA's driver"));
    }
    int highest = found == null ? Integer.MAX_VALUE : found.major();
    Finding nvrtc = library("NVRTC", () -> natives.loadNvrtc(highest));
    findings.add(nvrtc);
    findings.add(library("cuBLAS", () -> natives.loadCublas(highest)));
    if (findings.stream().anyMatch(finding -> !finding.good())) {
      findings.add(Finding.good("searched", natives.searched()));
    }
    if (found != null && nvrtc.good()) {
      findings.addAll(kernels(found.cards()));
    }
    return findings;
  }

  /** Of each kind of card; where there are several, with the numbers of the cards. */
  private static List<Finding> kernels(List<Card> cards) {
    Map<String, List<Integer>> kinds = new LinkedHashMap<>();
    for (int i = 0; i < cards.size(); i++) {
      String kind = cards.get(i).major() + "." + cards.get(i).minor();
      kinds.computeIfAbsent(kind, key -> new ArrayList<>()).add(i);
    }
    List<Finding> findings = new ArrayList<>();
    for (List<Integer> numbers : kinds.values()) {
      Finding finding = kernels(cards.get(numbers.get(0)));
      String devices =
          kinds.size() == 1
              ? ""
              : numbers.stream()
                  .map(String::valueOf)
                  .collect(Collectors.joining(", ", "device ", ": "));
      findings.add(new Finding(finding.subject(), devices + finding.text(), finding.fix()));
    }
    return findings;
  }

  /** The driver's own number, which differs from that of the CUDA it serves; or nothing. */
  private static String release() {
    try {
      return "NVIDIA " + Files.readString(Path.of("/sys/module/nvidia/version")).strip() + ", ";
    } catch (IOException e) {
      return "";
    }
  }

  private static Finding kernels(Card card) {
    try {
      return Finding.good(
          "kernels", KernelLibrary.describe(card.major(), card.minor(), CacheFolder.get()));
    } catch (BackendException e) {
      return new Finding(
          "kernels",
          String.valueOf(e.getMessage()),
          "use a card and a CUDA that know each other: CUDA 12 for old cards, 13 for new ones");
    }
  }

  private static Finding library(String subject, Supplier<CudaNatives.Loaded> loading) {
    try {
      CudaNatives.Loaded library = loading.get();
      return Finding.good(subject, "CUDA " + library.major() + ": " + library);
    } catch (BackendUnavailableException e) {
      return Finding.bad(subject, e.why());
    }
  }

  private static Card card(Driver driver, int device) {
    List<Card> cards = driver.cards();
    if (device >= cards.size()) {
      throw unavailable(
          Reason.NO_SUCH_DEVICE,
          "there is no card number "
              + device
              + ": this machine has "
              + (cards.size() == 1 ? "one, number 0" : "0 to " + (cards.size() - 1)),
          "choose one that 'shallownet doctor' lists");
    }
    return cards.get(device);
  }

  private static void requireArchitecture(Card card) {
    try {
      new KernelCompiler(card.major(), card.minor());
    } catch (BackendException e) {
      throw unavailable(
          Reason.UNSUPPORTED_PLATFORM,
          String.valueOf(e.getMessage()),
          "use a newer card, or CUDA 12, which knows older ones");
    }
  }

  private synchronized Driver driver() {
    if (failure != null) {
      throw failure;
    }
    if (driver == null) {
      try {
        driver = askDriver();
      } catch (BackendUnavailableException e) {
        failure = e;
        throw e;
      }
    }
    return driver;
  }

  private Driver askDriver() {
    natives.loadDriver();
    int[] version = new int[1];
    require("cuDriverGetVersion", () -> JCudaDriver.cuDriverGetVersion(version));
    if (version[0] < OLDEST_DRIVER) {
      throw unavailable(
          Reason.OLD_DRIVER,
          "NVIDIA's driver is made for CUDA "
              + new Driver(version[0], List.of()).versionText()
              + ", and 12.0 is needed",
          "update the driver to 525 or newer");
    }
    require("cuInit", () -> JCudaDriver.cuInit(0));
    int[] count = new int[1];
    require("cuDeviceGetCount", () -> JCudaDriver.cuDeviceGetCount(count));
    if (count[0] == 0) {
      throw noDevice();
    }
    List<Card> cards = new ArrayList<>();
    for (int i = 0; i < count[0]; i++) {
      cards.add(askCard(i));
    }
    return new Driver(version[0], List.copyOf(cards));
  }

  private static Card askCard(int number) {
    CUdevice device = new CUdevice();
    require("cuDeviceGet", () -> JCudaDriver.cuDeviceGet(device, number));
    byte[] name = new byte[256];
    require("cuDeviceGetName", () -> JCudaDriver.cuDeviceGetName(name, name.length, device));
    long[] bytes = new long[1];
    require("cuDeviceTotalMem", () -> JCudaDriver.cuDeviceTotalMem(bytes, device));
    return new Card(
        new String(name, StandardCharsets.UTF_8).split("\0", 2)[0],
        bytes[0],
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR));
  }

  private static int attribute(CUdevice device, int attribute) {
    int[] value = new int[1];
    require(
        "cuDeviceGetAttribute", () -> JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
    return value[0];
  }

  /**
   * Calls the driver; what it may answer on a machine that is not set up has a reason of its own.
   */
  private static void require(String what, IntSupplier call) {
    String answer = DriverCalls.attempt(call);
    switch (answer) {
      case "" -> {}
      case "CUDA_ERROR_NO_DEVICE" -> throw noDevice();
      case "CUDA_ERROR_STUB_LIBRARY" ->
          throw unavailable(
              Reason.NO_DRIVER,
              "the libcuda.so.1 that was found is CUDA's stub for linking, not a driver",
              "install NVIDIA's driver, and take the stub's folder off the loader's path");
      case "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
          "CUDA_ERROR_INSUFFICIENT_DRIVER",
          "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE" ->
          throw unavailable(
              Reason.OLD_DRIVER,
              "the driver's library and the running driver don't fit together: " + answer,
              "restart after the driver's update, or update the driver");
      default ->
          throw unavailable(
              Reason.NO_DRIVER,
              "NVIDIA's driver does not start: " + what + " answers " + answer,
              "see what nvidia-smi says; a restart helps after an update");
    }
  }

  private static BackendUnavailableException noDevice() {
    String visible = System.getenv("CUDA_VISIBLE_DEVICES");
    return unavailable(
        Reason.NO_DEVICE,
        "NVIDIA's driver sees no card"
            + (visible == null ? "" : " (CUDA_VISIBLE_DEVICES is '" + visible + "')"),
        visible == null
            ? "see what nvidia-smi lists; a container needs --gpus all"
            : "unset CUDA_VISIBLE_DEVICES");
  }

  private static BackendUnavailableException unavailable(
      Reason reason, String explanation, String fix) {
    return new BackendUnavailableException(
        CudaBackend.NAME, new Availability.Unavailable(reason, explanation, fix));
  }
}
