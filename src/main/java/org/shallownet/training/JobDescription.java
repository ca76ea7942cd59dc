package org.shallownet.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shallownet.Version;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.SampleRows;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Target;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.model.Model;
import org.shallownet.model.TargetScale;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;
import org.shallownet.training.checkpoint.SamplesFingerprint;
import org.shallownet.training.checkpoint.WeightsFingerprint;

/**
 * What a {@link TrainingJob} trains, for those who ask later: models tell of it, and a training is
 * gone on with only if it is the same.
 */
final class JobDescription {
  private final Backend backend;
  private final Dataset train;
  private final @Nullable Dataset dev;
  private final Preparation preparation;
  private final Map<String, String> provenance;

  /** The description of a job that is given these. */
  JobDescription(
      Backend backend,
      Dataset train,
      @Nullable Dataset dev,
      Preparation preparation,
      Map<String, String> provenance) {
    this.backend = backend;
    this.train = train;
    this.dev = dev;
    this.preparation = preparation;
    this.provenance = provenance;
  }

  /** What a checkpoint has to know of the job; reads all samples. */
  CheckpointFile.Content content(List<NetworkStart> starts) {
    List<Map<String, String>> settings = new ArrayList<>();
    for (NetworkStart start : starts) {
      Map<String, String> own = new LinkedHashMap<>();
      own.put("network", name(start.spec()));
      own.putAll(describe(start, ""));
      if (!start.samples().equals(ModelSamples.ALL)) {
        own.put("samples", name(start.samples()));
      }
      if (start.isGiven()) {
        own.put("first_weights", WeightsFingerprint.of(start.weights().get()));
      }
      settings.add(own);
    }
    Output output = starts.get(0).spec().output();
    return new CheckpointFile.Content(
        settings,
        SamplesFingerprint.of(source(train, output)),
        dev == null ? "" : SamplesFingerprint.of(source(dev, output)));
  }

  private static String name(NetworkSpec spec) {
    String functions =
        spec.hidden().stream()
            .map(layer -> layer.activation().id())
            .collect(Collectors.joining(", "));
    return spec.sizes() + (functions.isEmpty() ? "" : " " + functions) + " " + spec.output();
  }

  /** The samples of one of the job's data sets, as networks with this output see them. */
  DatasetSource source(Dataset data, Output output) {
    boolean weighted = train.weights() != null || (dev != null && dev.weights() != null);
    return new DatasetSource(data, output, preparation, weighted);
  }

  /** Which rows and inputs a network sees. */
  private static String name(ModelSamples samples) {
    return name(samples.rows())
        + ", judged by "
        + name(samples.devRows())
        + ", inputs from "
        + samples.firstInput();
  }

  private static String name(SampleRows rows) {
    return rows.isAll() ? "all" : rows.count(0) + " rows " + Integer.toHexString(rows.hashCode());
  }

  /** How many samples make a step. */
  long batch(NetworkStart start) {
    return Math.min(start.settings().batchSize(), train.rows());
  }

  /**
   * What its run has to know of a network.
   *
   * @param number its number among all of the job's
   * @param engine the name of the engine that trains it
   * @param networks how many networks the job has
   */
  ModelRun.Pupil pupil(int number, NetworkStart start, String engine, int networks) {
    return new ModelRun.Pupil(
        number,
        start.settings(),
        DatasetSource.totalWeight(train, start.samples().rows()),
        deviation(preparation.targetScale()),
        History.most(networks),
        toModel(start, engine));
  }

  /**
   * What completes a network's weights to a model.
   *
   * @param engine the name of the engine that trains it
   */
  Function<Weights, Model> toModel(NetworkStart start, String engine) {
    Map<String, String> entries = describe(start, engine);
    TargetScale scale = preparation.targetScale();
    Preprocessing own = start.inputs();
    Preprocessing inputs = own == null ? preparation.inputs() : own;
    return weights ->
        new Model(
            weights,
            train.task(),
            inputs,
            train.targetNames(),
            classes(train.target()),
            scale,
            entries);
  }

  /**
   * What turns the root of the mean cost to that of the mean squared error: the target's deviation;
   * for several targets, which have no unit in common, 1 over the root of their number.
   */
  private double deviation(@Nullable TargetScale scale) {
    int targets = train.targetNames().size();
    if (targets > 1) {
      return 1 / Math.sqrt(targets);
    }
    return scale == null ? 1 : scale.deviations().get(0);
  }

  /** The classes of each target, one after the other. */
  private static List<String> classes(Target target) {
    if (target instanceof Target.Several several) {
      return several.columns().stream().flatMap(column -> classes(column).stream()).toList();
    }
    return target instanceof Target.Classes known ? known.names() : List.of();
  }

  /** How the model came about: everything that decides its weights. */
  Map<String, String> describe(NetworkStart start, String engine) {
    ModelSamples samples = start.samples();
    long rows = samples.rows().count(train.rows());
    TrainingSettings settings = start.settings();
    Map<String, String> entries = new LinkedHashMap<>(provenance);
    entries.put("rows", Long.toString(rows));
    long devRows = dev == null ? samples.devRows().count(train.rows()) : dev.rows();
    entries.put("dev_rows", Long.toString(devRows));
    SampleWeights weights = train.weights();
    if (weights != null) {
      entries.put("total_weight", Double.toString(DatasetSource.sum(weights, samples.rows())));
    }
    entries.put("optimizer", settings.optimizer().toString());
    entries.put("batch_size", Long.toString(Math.min(batch(start), rows)));
    entries.put("epochs", Integer.toString(settings.epochs()));
    entries.put("l2", Double.toString(settings.l2()));
    if (start.frontRate() > 0) {
      entries.put("front_scale_rate", Double.toString(start.frontRate()));
    }
    entries.putAll(settings.refinements().entries());
    entries.put("patience", Integer.toString(settings.patience()));
    entries.put("seed", Long.toString(settings.seed()));
    entries.put("shallownet", Version.current());
    entries.put("java", Runtime.version().toString());
    entries.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    entries.put("backend", backend.name());
    entries.put("device", backend.device());
    entries.put("precision", backend.precision().name().toLowerCase(Locale.ROOT));
    entries.put("engine", engine);
    entries.put("standardize", Boolean.toString(preparation.inputs().standardizer() != null));
    entries.put("initializer", start.origin());
    return entries;
  }
}
