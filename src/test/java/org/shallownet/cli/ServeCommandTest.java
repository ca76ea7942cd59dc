package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.cli.output.Terminal;
import org.shallownet.cli.serving.ModelServer;

/** A model behind HTTP, asked as a client asks. */
class ServeCommandTest {
  private static final Pattern URL = Pattern.compile("http://\\S+/");
  private static final Path CUSTOMERS = Path.of("examples", "customers.csv").toAbsolutePath();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TempDir private static Path folder;
  private static Path model;
  private static Served served;

  /** A command that is running. */
  private static final class Served {
    private final Interruption interruption = new Interruption(() -> {});
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private final String url;

    private Served(Path model) throws Exception {
      Terminal terminal =
          Terminal.plain(
              new PrintStream(out, true, StandardCharsets.UTF_8),
              new PrintStream(err, true, StandardCharsets.UTF_8));
      Thread main =
          new Thread(
              () -> {
                try {
                  ended.complete(
                      Main.run(terminal, interruption, "serve", model.toString(), "--port", "0"));
                } finally {
                  interruption.finished();
                }
              });
      main.setDaemon(true);
      main.start();
      Matcher found = URL.matcher("");
      while (!found.find()) {
        assertThat(ended).as(err.toString(StandardCharsets.UTF_8)).isNotDone();
        Thread.sleep(5);
        found = URL.matcher(out.toString(StandardCharsets.UTF_8));
      }
      url = found.group();
    }

    private int end() throws Exception {
      new Thread(interruption::onShutdown).start();
      return ended.get(60, TimeUnit.SECONDS);
    }
  }

  @BeforeAll
  static void serve() throws Exception {
    model = folder.resolve("customers.onnx");
    Cli.Result trained =
        Cli.run("train", CUSTOMERS, "--target", "status", "--out", model, "--effort", "fast");
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    served = new Served(model);
  }

  @AfterAll
  static void end() throws Exception {
    assertThat(served.end()).isZero();
    assertThat(served.err.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create(served.url + path)).build(), BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(served.url + "predict"))
            .POST(BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  private static void refused(int status, String sentence, String body, String... headers)
      throws Exception {
    HttpResponse<String> response = post(body, headers);
    assertThat(response.body()).contains(sentence);
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(JsonParser.object().from(response.body())).containsOnlyKeys("error");
  }

  /** The row that the page shows. */
  private static String example() throws Exception {
    Matcher row = Pattern.compile("curl -d '(.*)' http").matcher(get("").body());
    assertThat(row.find()).isTrue();
    return row.group(1);
  }

  @Test
  void thePageShowsWhatIsWantedAndAnExampleThatWorks() throws Exception {
    HttpResponse<String> page = get("");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body())
        .startsWith("customers.onnx: binary, predicts status\nClasses: 'left', 'stayed'\n")
        .contains("  plan: category, 'basic', 'plus', 'premium'\n")
        .contains("  support: boolean, 'no', 'yes'\n")
        .contains("  age: number, may be missing (null)\n")
        .contains("http://127.0.0.1:");
    JsonObject answer = JsonParser.object().from(post(example()).body());
    assertThat(answer.getString("label")).isIn("left", "stayed");
    assertThat(answer.getObject("probabilities")).containsOnlyKeys("left", "stayed");
  }

  @Test
  void tablesAreScoredAsByPredict() throws Exception {
    Cli.Result predicted = Cli.run("predict", model, CUSTOMERS, "--probabilities");
    HttpResponse<String> csv =
        post(Files.readString(CUSTOMERS), "Content-Type", "text/csv; charset=utf-8");
    assertThat(csv.headers().firstValue("Content-Type")).contains("text/csv; charset=utf-8");
    List<String> theirs = predicted.out().lines().toList();
    List<String> ours = csv.body().lines().toList();
    assertThat(ours).hasSameSizeAs(theirs);
    assertThat(ours.get(0)).isEqualTo(theirs.get(0));
    for (int i = 1; i < ours.size(); i++) {
      String[] our = ours.get(i).split(",", -1);
      String[] their = theirs.get(i).split(",", -1);
      assertThat(our[0]).isEqualTo(their[0]);
      assertThat(Float.parseFloat(our[1]))
          .isCloseTo(Float.parseFloat(their[1]), org.assertj.core.data.Offset.offset(1e-6f));
    }
  }

  /** As spreadsheets save it. */
  @Test
  void aByteOrderMarkIsPassedOver() throws Exception {
    String csv = Files.readString(CUSTOMERS).lines().limit(3).collect(Collectors.joining("\n"));
    assertThat(post("\uFEFF" + csv).body()).isEqualTo(post(csv).body()).startsWith("label,");
    assertThat(post("\uFEFF" + example()).body()).isEqualTo(post(example()).body());
  }

  /** Their headers never end; Java waits for them longer than this test does. */
  @Test
  void manySlowClientsDoNotKeepOthersFromBeingAnswered() throws Exception {
    URI uri = URI.create(served.url);
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri.getPort());
        slow.add(socket);
        socket
            .getOutputStream()
            .write("POST /predict HTTP/1.1\r\nHo".getBytes(StandardCharsets.US_ASCII));
      }
      long begin = System.nanoTime();
      assertThat(get("health").statusCode()).isEqualTo(200);
      assertThat((System.nanoTime() - begin) / 1e9).isLessThan(ModelServer.MOST_SECONDS / 2.0);
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void aListGetsAList() throws Exception {
    String row = example();
    HttpResponse<String> response = post("[" + row + ", " + row + "]");
    JsonArray answers = JsonParser.array().from(response.body());
    assertThat(answers).hasSize(2);
    assertThat(answers.get(0))
        .isEqualTo(answers.get(1))
        .isEqualTo(JsonParser.object().from(post(row).body()));
  }

  @Test
  void aBadRequestGetsOneSentence() throws Exception {
    refused(400, "the body is empty", " ");
    refused(400, "the body is not JSON: ", "{\"age\": ");
    refused(400, "the body is not JSON: ", "age", "Content-Type", "application/json");
    refused(400, "the body is neither a row nor a list of rows", "[]");
    refused(400, "the body is neither a row nor a list of rows", "3", "Content-Type", "a/json");
    refused(400, "the model takes columns by name", "[1, 2]");
    refused(400, "row 1: the model takes columns by name", "[[1, 2]]");
    refused(400, "row 2: it is neither an object nor a list", "[" + example() + ", null]");
    refused(
        400, "the model needs 'city', which the row lacks; did you mean 'City'?", "{\"City\": 1}");
    refused(
        400,
        "column 'months': 'x' is not a number",
        example().replaceAll("\"months\":[^,]*", "\"months\":\"x\""));
    refused(400, "nested more than 2 deep", "[".repeat(100_000));
    refused(400, "a number is longer than 400", "[1" + "0".repeat(1_000_000) + "]");
    refused(400, "the body has no row", "city,plan");
    refused(400, "line 2 has 1 cells, but there are 2 columns", "city,plan\nOslo");
    refused(400, "line 2: the model needs 'months'", "city,plan\nOslo,basic");
    refused(413, "the body is longer than 16 MiB", " ".repeat((16 << 20) + 1));
    refused(413, "the body has more than 100000 rows", "[" + "[],".repeat(100_000) + "[]]");
  }

  @Test
  void otherPagesAndMethodsAreRefused() throws Exception {
    assertThat(get("nothing").statusCode()).isEqualTo(404);
    HttpResponse<String> wrong = get("predict");
    assertThat(wrong.statusCode()).isEqualTo(405);
    assertThat(wrong.headers().firstValue("Allow")).contains("POST");
    HttpRequest head =
        HttpRequest.newBuilder(URI.create(served.url))
            .method("HEAD", BodyPublishers.noBody())
            .build();
    assertThat(CLIENT.send(head, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }

  @Test
  void healthAndMetricsAreThere() throws Exception {
    assertThat(get("health").body())
        .isEqualTo("{\"status\":\"ok\",\"model\":\"customers.onnx\"}\n");
    post(example());
    post("?");
    HttpResponse<String> metrics = metricsOnceTheyHave("status=\"400\"} [1-9]");
    assertThat(metrics.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/plain; version=0.0.4");
    assertThat(metrics.body().lines())
        .allMatch(line -> line.matches("# (HELP|TYPE) .*|\\w+(\\{[^}]*\\})? [-+.\\d]+"));
    assertThat(metrics.body())
        .contains("shallownet_model_info{model=\"customers.onnx\",")
        .containsPattern("shallownet_requests_total\\{status=\"200\"} [1-9]")
        .containsPattern("shallownet_requests_total\\{status=\"400\"} [1-9]")
        .containsPattern("shallownet_rows_total [1-9]")
        .contains("shallownet_request_seconds_bucket{le=\"0.0001\"}");
  }

  /** A request is counted once its answer is sent, which whoever asked may have a little before. */
  private static HttpResponse<String> metricsOnceTheyHave(String pattern) throws Exception {
    HttpResponse<String> metrics = get("metrics");
    for (int i = 0; i < 500 && !Pattern.compile(pattern).matcher(metrics.body()).find(); i++) {
      Thread.sleep(20);
      metrics = get("metrics");
    }
    return metrics;
  }

  @Test
  void aRequestWhoseClientIsGoneCountsAsUnsent() throws Exception {
    URI uri = URI.create(served.url);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri.getPort())) {
      socket
          .getOutputStream()
          .write(
              "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
                  .getBytes(StandardCharsets.US_ASCII));
    }
    assertThat(metricsOnceTheyHave("unsent").body())
        .containsPattern("shallownet_requests_total\\{status=\"unsent\"} [1-9]");
  }

  @Test
  void aModelsNameIsShownWithWhatIsNotSeenEscaped() throws Exception {
    Path strange = Files.copy(model, folder.resolve("a\n\u001b[31m\"b\\.onnx"));
    Served own = new Served(strange);
    assertThat(own.out.toString(StandardCharsets.UTF_8))
        .isEqualTo("Serving a\\n\\u001b[31m\"b\\.onnx on " + own.url + " until Ctrl-C.\n");
    for (String page : new String[] {"", "health", "metrics", "nowhere"}) {
      String body =
          CLIENT
              .send(
                  HttpRequest.newBuilder(URI.create(own.url + page)).build(),
                  BodyHandlers.ofString())
              .body();
      assertThat(body.replace("\n", "")).as(page).doesNotContainPattern("\\p{Cntrl}");
      if (page.equals("metrics")) {
        assertThat(body).contains("model=\"a\\\\n\\\\u001b[31m\\\"b\\\\.onnx\",");
      }
    }
    assertThat(own.end()).isZero();
  }

  @Test
  void onlyThisMachineIsListenedTo() throws Exception {
    URI url = URI.create(served.url);
    assertThat(InetAddress.getByName(url.getHost()).isLoopbackAddress()).isTrue();
    InetAddress other = InetAddress.getLocalHost();
    if (!other.isLoopbackAddress()) {
      assertThat(
              org.assertj.core.api.Assertions.catchThrowable(
                  () -> new Socket(other, url.getPort()).close()))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aPortThatIsTakenIsSaid() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Cli.Result result =
          Cli.run("serve", model, "--host", "localhost", "--port", taken.getLocalPort());
      assertThat(result.exitCode()).isEqualTo(6);
      assertThat(result.err())
          .contains("can't listen on localhost:" + taken.getLocalPort())
          .contains("choose another --port or --host");
    }
    assertThat(Cli.run("serve", model, "--port", "70000").exitCode()).isEqualTo(2);
    assertThat(Cli.run("serve", model, "--host", "no such host").err())
        .contains("there is no address 'no such host'");
    assertThat(Cli.run("serve", folder.resolve("none.onnx")).exitCode()).isEqualTo(6);
  }

  /** The limit itself, as a slow client meets it: it takes this test ten seconds. */
  @Test
  void aRequestThatDoesNotArriveInTenSecondsIsNotWaitedFor() throws Exception {
    URI uri = URI.create(served.url);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri.getPort())) {
      socket.setSoTimeout(60_000);
      String start = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{";
      long begin = System.nanoTime();
      socket.getOutputStream().write(start.getBytes(StandardCharsets.US_ASCII));
      int answered = 0;
      try {
        answered = socket.getInputStream().readAllBytes().length;
      } catch (SocketException e) {
        // So a connection may end whose request was never read to its end.
      }
      assertThat(answered).isZero();
      assertThat((System.nanoTime() - begin) / 1e9)
          .isBetween(ModelServer.MOST_SECONDS - 1.0, ModelServer.MOST_SECONDS + 20.0);
    }
    assertThat(get("health").statusCode()).isEqualTo(200);
  }

  @Test
  void whatIsUnderWayIsAnsweredBeforeTheEnd() throws Exception {
    Served own = new Served(model);
    URI url = URI.create(own.url);
    byte[] row = example().getBytes(StandardCharsets.UTF_8);
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      OutputStream request = socket.getOutputStream();
      request.write(
          ("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: " + row.length + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      request.write(row, 0, 10);
      request.flush();
      // Its header is being read, or has been.
      Thread.sleep(300);
      CompletableFuture<Integer> end =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return own.end();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      Thread.sleep(200);
      request.write(row, 10, row.length - 10);
      request.flush();
      InputStream answer = socket.getInputStream();
      byte[] begin = answer.readNBytes(15);
      assertThat(new String(begin, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200 OK");
      assertThat(end.get(60, TimeUnit.SECONDS)).isZero();
    }
  }
}
