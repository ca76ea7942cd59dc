package org.shallownet.cli.serving;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.shallownet.Version;
import org.shallownet.data.text.Printable;

/** Counts what a server does, as Prometheus reads it. For any thread. */
final class ServerMetrics {
  /** Upper bounds of the histogram's buckets in seconds. */
  private static final double[] BOUNDS = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
  };

  /**
   * Stands for a status where none was sent, as whoever asked was gone or did not take the answer:
   * the sum over all of them counts every request.
   */
  static final String UNSENT = "unsent";

  private final String model;
  private final long start = System.nanoTime();
  private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
  private final LongAdder rows = new LongAdder();
  private final LongAdder nanos = new LongAdder();
  private final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];

  /**
   * Counters at 0.
   *
   * @param model what the model is called
   */
  ServerMetrics(String model) {
    this.model = model;
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = new LongAdder();
    }
  }

  /**
   * Counts a request to predict.
   *
   * @param status that of the answer that was sent, or {@link #UNSENT}
   * @param scored how many rows were scored for it
   * @param duration how long it took in nanoseconds
   */
  void add(String status, int scored, long duration) {
    requests.computeIfAbsent(status, key -> new LongAdder()).increment();
    rows.add(scored);
    nanos.add(duration);
    int bucket = 0;
    while (bucket < BOUNDS.length && duration > BOUNDS[bucket] * 1e9) {
      bucket++;
    }
    buckets[bucket].increment();
  }

  /** All of them in Prometheus's text format, version 0.0.4. */
  String text() {
    StringBuilder text = new StringBuilder();
    head(text, "model_info", "gauge", "The model that is served; always 1.");
    text.append("shallownet_model_info{model=\"")
        .append(Printable.text(model).replace("\\", "\\\\").replace("\"", "\\\""))
        .append("\",version=\"")
        .append(Version.current())
        .append("\"} 1\n");
    head(text, "uptime_seconds", "gauge", "How long the server has been there.");
    text.append("shallownet_uptime_seconds ").append(seconds(System.nanoTime() - start));
    head(text, "requests_total", "counter", "Requests to predict by the status of the answer.");
    new TreeMap<>(requests)
        .forEach(
            (status, count) ->
                text.append("shallownet_requests_total{status=\"")
                    .append(status)
                    .append("\"} ")
                    .append(count.sum())
                    .append('\n'));
    head(text, "rows_total", "counter", "Rows that were scored.");
    text.append("shallownet_rows_total ").append(rows.sum()).append('\n');
    head(text, "request_seconds", "histogram", "From a request's header to the end of its answer.");
    long count = 0;
    for (int i = 0; i < buckets.length; i++) {
      count += buckets[i].sum();
      text.append("shallownet_request_seconds_bucket{le=\"")
          .append(
              i < BOUNDS.length
                  ? BigDecimal.valueOf(BOUNDS[i]).stripTrailingZeros().toPlainString()
                  : "+Inf")
          .append("\"} ")
          .append(count)
          .append('\n');
    }
    text.append("shallownet_request_seconds_sum ").append(seconds(nanos.sum()));
    text.append("shallownet_request_seconds_count ").append(count).append('\n');
    return text.toString();
  }

  private static void head(StringBuilder text, String name, String type, String help) {
    text.append("# HELP shallownet_").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE shallownet_").append(name).append(' ').append(type).append('\n');
  }

  private static String seconds(long duration) {
    return String.format(Locale.ROOT, "%.6f%n", duration * 1e-9).replace("\r", "");
  }
}
