package org.shallownet.example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.Dataset;
import org.shallownet.data.Split;
import org.shallownet.model.Model;
import org.shallownet.model.scoring.Scorer;
import org.shallownet.network.Activation;
import org.shallownet.training.Defaults;
import org.shallownet.training.Trainer;

/** Trains a network on a table, saves it, and answers HTTP requests with what it says. */
public final class Flower {
  private Flower() {}

  /** {@code train TABLE MODEL}, {@code serve MODEL PORT} or {@code demo TABLE}. */
  public static void main(String[] args) throws IOException {
    String command = args.length == 0 ? "" : args[0];
    if (command.equals("train") && args.length == 3) {
      train(Path.of(args[1]), Path.of(args[2]));
    } else if (command.equals("serve") && args.length == 3) {
      HttpServer server = serve(Path.of(args[1]), Integer.parseInt(args[2]), null);
      System.out.println("http://127.0.0.1:" + server.getAddress().getPort() + "/?x1=1.2&x2=3.5");
    } else if (command.equals("demo") && args.length == 2) {
      demo(Path.of(args[1]));
    } else {
      System.err.println("usage: train TABLE MODEL | serve MODEL PORT | demo TABLE");
      System.exit(2);
    }
  }

  /** Trains on a table with a column {@code label} and saves the model. */
  private static void train(Path table, Path file) throws IOException {
    Dataset data = Dataset.read(table, "label");
    Split split = data.split(0.2, 42);
    try (Backend backend = Backends.open("auto")) {
      Model model =
          new Trainer(backend, Defaults.settings(data))
              .fit(data.network().withHidden(16, Activation.TANH), split.train(), split.dev())
              .model();
      model.save(file);
      System.out.println("backend " + backend.device());
      System.out.println("dev set " + model.evaluate(backend, split.dev()).asMap());
    }
  }

  /** Answers {@code GET /?COLUMN=NUMBER&…} with the model's prediction, in threads of its own. */
  private static HttpServer serve(Path file, int port, ExecutorService threads) throws IOException {
    Scorer scorer;
    try (InputStream in = Files.newInputStream(file)) {
      scorer = Model.load(in).scorer();
    }
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/", exchange -> answer(exchange, scorer));
    server.setExecutor(threads);
    server.start();
    return server;
  }

  private static void answer(HttpExchange exchange, Scorer scorer) throws IOException {
    int status = 200;
    String text;
    try {
      Map<String, String> row = new HashMap<>();
      String query = exchange.getRequestURI().getQuery();
      for (String pair : (query == null ? "" : query).split("&", -1)) {
        String[] parts = pair.split("=", 2);
        row.put(parts[0], parts.length == 2 ? parts[1] : "");
      }
      text = scorer.score(row).toString();
    } catch (RuntimeException e) {
      status = 400;
      text = e.getMessage();
    }
    byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  /** All of it once: trains, saves, serves, asks, and ends. */
  private static void demo(Path table) throws IOException {
    Path file = Files.createTempFile("flower", ".onnx");
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      train(table, file);
      HttpServer server = serve(file, 0, threads);
      int port = server.getAddress().getPort();
      var page = new java.net.URL("http://127.0.0.1:" + port + "/?x1=1.2&x2=3.5");
      try (InputStream in = page.openStream()) {
        System.out.print("answer  " + new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
      server.stop(0);
    } finally {
      threads.shutdown();
      Files.delete(file);
    }
  }
}
