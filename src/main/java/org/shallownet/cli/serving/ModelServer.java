package org.shallownet.cli.serving;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.output.Json;
import org.shallownet.model.Model;

/**
 * Answers HTTP requests with what a model says, by the server that comes with Java. A body may be
 * {@link #MOST_BYTES} long, and a request may take {@link #MOST_SECONDS} to arrive and as long to
 * be answered; a connection that takes longer is closed.
 */
public final class ModelServer implements AutoCloseable {
  /** The longest body: 16 MiB. */
  public static final int MOST_BYTES = 16 << 20;

  /** So much of a longer one is read for nothing. */
  private static final long MOST_PASSED_OVER = 4L * MOST_BYTES;

  /** How long a request may take to arrive, and its answer to be taken. */
  public static final int MOST_SECONDS = 10;

  /** Requests that wait to be accepted. */
  private static final int BACKLOG = 1024;

  /** Connections that are kept while nobody asks anything. */
  private static final int IDLE_CONNECTIONS = 1000;

  /** Whoever is slow to send holds a thread: so many may be, and others are still answered. */
  private static final int THREADS = 64;

  /**
   * A body that is longer is read and scored beside a few others like it alone: what is made of it
   * in memory is many times its size.
   */
  private static final int SMALL_BYTES = 256 << 10;

  private static final int MOST_LARGE = 4;

  private static final long STOP_NANOS = MOST_SECONDS * 1_000_000_000L;

  private final HttpServer server;
  private final ExecutorService threads;
  private final AtomicInteger underWay = new AtomicInteger();
  private final Semaphore large = new Semaphore(MOST_LARGE, true);
  private final AtomicLong threadNumber = new AtomicLong();
  private final PredictRequest request;
  private final ServerMetrics metrics;
  private final String name;
  private final String page;
  private final Consumer<Throwable> faults;
  private volatile boolean stopping;

  /**
   * A server that answers from now on.
   *
   * @param name what the model is called
   * @param address where it listens; port 0 for any that is free
   * @param faults takes what should not have happened, from any thread
   * @throws IOException if it can't listen there
   */
  public ModelServer(
      String name, Model model, InetSocketAddress address, Consumer<Throwable> faults)
      throws IOException {
    limit();
    this.name = name;
    this.request = new PredictRequest(model.scorer());
    this.metrics = new ServerMetrics(name);
    this.faults = faults;
    this.server = HttpServer.create(address, BACKLOG);
    this.page = Wanted.page(name, model, url());
    int cores = Runtime.getRuntime().availableProcessors();
    this.threads = Executors.newFixedThreadPool(Math.max(THREADS, 4 * cores), this::thread);
    server.setExecutor(this::execute);
    server.createContext("/", this::handle);
    server.start();
  }

  /** Requests count from when their first bytes are there, however long they wait for a thread. */
  private void execute(Runnable request) {
    underWay.incrementAndGet();
    try {
      threads.execute(
          () -> {
            try {
              request.run();
            } finally {
              underWay.decrementAndGet();
            }
          });
    } catch (RejectedExecutionException e) {
      // The server has ended.
      underWay.decrementAndGet();
    }
  }

  private Thread thread(Runnable task) {
    return new Thread(task, "shallownet-serve-" + threadNumber.incrementAndGet());
  }

  /** Java's server reads its limits once, from properties of the system. */
  private static void limit() {
    Map<String, Integer> limits =
        Map.of(
            "sun.net.httpserver.maxReqTime", MOST_SECONDS,
            "sun.net.httpserver.maxRspTime", MOST_SECONDS,
            "sun.net.httpserver.maxIdleConnections", IDLE_CONNECTIONS);
    limits.forEach(
        (property, value) -> {
          if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(value));
          }
        });
    // Else a small answer waits 40 ms until the last packet is acknowledged.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** Where it is reached, ending in a slash. */
  public String url() {
    InetSocketAddress address = server.getAddress();
    String host = address.getHostString();
    if (address.getAddress() != null && address.getAddress().isAnyLocalAddress()) {
      host = "localhost";
    }
    return "http://"
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + address.getPort()
        + "/";
  }

  private void handle(HttpExchange exchange) throws IOException {
    long begin = System.nanoTime();
    // A connection that is kept would bring the next request.
    boolean last = stopping;
    if (last) {
      exchange.getResponseHeaders().set("Connection", "close");
    }
    String path = exchange.getRequestURI().getPath();
    boolean predicts = "/predict".equals(path);
    String sent = ServerMetrics.UNSENT;
    int rows = 0;
    try (exchange) {
      int status = 200;
      Answer answer;
      try {
        if (last) {
          throw stopped();
        }
        answer = predicts ? predict(exchange) : show(exchange, String.valueOf(path));
      } catch (RefusedException e) {
        status = e.status();
        answer = error(String.valueOf(e.getMessage()));
      } catch (RuntimeException | Error e) {
        faults.accept(e);
        status = 500;
        answer = error("the server failed inside; its log says more");
      }
      rows = answer.rows();
      send(exchange, status, answer);
      sent = Integer.toString(status);
    } finally {
      if (predicts) {
        metrics.add(sent, rows, System.nanoTime() - begin);
      }
    }
  }

  private static RefusedException stopped() {
    return new RefusedException(503, "the server is stopping; ask another one, or later");
  }

  private static Answer error(String sentence) {
    return new Answer(Answer.JSON, new Json().put("error", sentence) + "\n", 0);
  }

  private static void send(HttpExchange exchange, int status, Answer answer) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", answer.type());
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : answer.body().length);
    if (!head) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(answer.body());
      }
    }
  }

  private Answer predict(HttpExchange exchange) throws IOException, RefusedException {
    requireMethod(exchange, "POST");
    InputStream in = exchange.getRequestBody();
    if (isTooLong(exchange.getRequestHeaders().getFirst("Content-Length"))) {
      passOver(in);
      throw tooLong();
    }
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    byte[] body = in.readNBytes(SMALL_BYTES + 1);
    if (body.length <= SMALL_BYTES) {
      return request.score(body, type);
    }
    try {
      large.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw stopped();
    }
    try {
      byte[] rest = in.readNBytes(MOST_BYTES + 1 - body.length);
      if (body.length + rest.length > MOST_BYTES) {
        passOver(in);
        throw tooLong();
      }
      byte[] whole = Arrays.copyOf(body, body.length + rest.length);
      System.arraycopy(rest, 0, whole, body.length, rest.length);
      return request.score(whole, type);
    } finally {
      large.release();
    }
  }

  /**
   * Reads what is not wanted, as far as that is bearable: whoever still sends when the connection
   * is closed may never see the answer.
   */
  private static void passOver(InputStream in) throws IOException {
    byte[] piece = new byte[1 << 16];
    long left = MOST_PASSED_OVER;
    while (left > 0) {
      int count = in.read(piece);
      if (count < 0) {
        return;
      }
      left -= count;
    }
  }

  private static RefusedException tooLong() {
    return new RefusedException(
        413,
        "the body is longer than "
            + (MOST_BYTES >> 20)
            + " MiB; send fewer rows at a time, or use shallownet predict");
  }

  /** Whether a request says itself that its body is too long. */
  private static boolean isTooLong(@Nullable String length) {
    try {
      return length != null && Long.parseLong(length.strip()) > MOST_BYTES;
    } catch (NumberFormatException e) {
      return false; // Java's server has refused it
    }
  }

  private Answer show(HttpExchange exchange, String path) throws RefusedException {
    requireMethod(exchange, "GET");
    return switch (path) {
      case "/" -> new Answer(Answer.TEXT, page, 0);
      case "/health" ->
          new Answer(Answer.JSON, new Json().put("status", "ok").put("model", name) + "\n", 0);
      case "/metrics" -> new Answer("text/plain; version=0.0.4; charset=utf-8", metrics.text(), 0);
      default ->
          throw new RefusedException(
              404, "there is no such page; POST /predict, GET /, GET /health, GET /metrics");
    };
  }

  private static void requireMethod(HttpExchange exchange, String method) throws RefusedException {
    String asked = exchange.getRequestMethod();
    boolean fits = asked.equals(method) || (asked.equals("HEAD") && method.equals("GET"));
    if (!fits) {
      exchange.getResponseHeaders().set("Allow", method.equals("GET") ? "GET, HEAD" : method);
      throw new RefusedException(405, "the method is " + method + " here");
    }
  }

  /** Answers the requests that are under way, {@link #MOST_SECONDS} at most, and ends. */
  @Override
  public void close() {
    stopping = true;
    long begin = System.nanoTime();
    try {
      while (underWay.get() > 0 && System.nanoTime() - begin < STOP_NANOS) {
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.stop(0);
    threads.shutdownNow();
  }
}
