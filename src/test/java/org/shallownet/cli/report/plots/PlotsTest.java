package org.shallownet.cli.report.plots;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Frame;
import org.shallownet.cli.report.svg.Lettering;
import org.shallownet.cli.report.svg.Mark;
import org.shallownet.cli.report.svg.Point;
import org.shallownet.cli.report.svg.Scale;

class PlotsTest {
  private static final Pattern TEXT = Pattern.compile("<text([^>]*)>([^<]*)<");

  private static final Axis UNIT = new Axis("a number", Scale.linear(0, 1));

  /** Where level texts begin and end, from left to right, those left of the plot included. */
  private static void requireLevelTextsInside(String svg, double width) {
    Matcher text = TEXT.matcher(svg);
    int seen = 0;
    while (text.find()) {
      if (text.group(1).contains("rotate") || text.group(1).contains("\"title\"")) {
        continue;
      }
      double x = attribute(text.group(1), "x");
      double length = Lettering.width(text.group(2));
      double from =
          text.group(1).contains("anchor=\"end\"")
              ? x - length
              : text.group(1).contains("anchor=\"start\"") ? x : x - length / 2;
      assertThat(from).as(text.group(2)).isNotNegative();
      assertThat(from + length).as(text.group(2)).isLessThanOrEqualTo(width);
      seen++;
    }
    assertThat(seen).isPositive();
  }

  private static double attribute(String attributes, String name) {
    Matcher value = Pattern.compile(" " + name + "=\"([^\"]*)\"").matcher(attributes);
    assertThat(value.find()).isTrue();
    return Double.parseDouble(value.group(1));
  }

  @Test
  void namesOfBarsHaveTheRoomThatTheyNeed() {
    List<BarPlot.Bar> bars = new ArrayList<>();
    List<String> names = List.of("months", "売上高予測モデルの入力列", "WWWWWWWWWWWWWWWWWWWW", "a".repeat(80));
    names.forEach(name -> bars.add(new BarPlot.Bar(name, 1, 1, 1, "0.0004123")));
    String svg = BarPlot.draw("Importance of columns", UNIT, bars);
    requireLevelTextsInside(svg, Frame.WIDTH);
    assertThat(svg).contains(">売上高予測モデルの入力列<", "…<title>" + "a".repeat(80) + "</title></text>");
  }

  private static MatrixPlot.Matrix matrix(int count, String name, double cell) {
    List<List<Double>> cells = new ArrayList<>();
    List<List<String>> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      cells.add(IntStream.range(0, count).mapToObj(j -> cell).toList());
      texts.add(IntStream.range(0, count).mapToObj(j -> "1,234").toList());
    }
    return new MatrixPlot.Matrix(
        IntStream.range(0, count).mapToObj(i -> name + i).toList(), cells, texts);
  }

  @Test
  void everyCellOfAMatrixIsWritten() {
    for (int count : new int[] {2, 5, 10, 11, 15, 20}) {
      for (String name : List.of("c", "a category ", "分類")) {
        Figure figure = MatrixPlot.draw("", "is", "is predicted", matrix(count, name, 1), "");
        assertThat(figure.svg().split(">1,234</text>", -1))
            .as(count + " classes")
            .hasSize(count * count + 1);
        assertThat(figure.svg().split(">" + name + "0<", -1)).as(count + " " + name).hasSize(3);
        requireLevelTextsInside(figure.svg(), figure.large() ? 2 * Frame.WIDTH : Frame.WIDTH);
      }
    }
  }

  @Test
  void aNumberThatIsTooLongForItsCellIsShortened() {
    List<String> names = IntStream.range(0, 20).mapToObj(i -> "class " + i).toList();
    List<List<Double>> cells =
        names.stream().map(name -> Collections.nCopies(20, 1_234_567.0)).toList();
    List<List<String>> texts =
        names.stream().map(name -> Collections.nCopies(20, "1,234,567")).toList();
    MatrixPlot.Matrix matrix = new MatrixPlot.Matrix(names, cells, texts);
    Figure figure = MatrixPlot.draw("", "is", "is predicted", matrix, "");
    assertThat(figure.large()).isTrue();
    assertThat(figure.svg().split(">1.2M</text>", -1)).hasSize(20 * 20 + 1);
    assertThat(figure.svg()).contains("<title>class 0, is predicted class 1: 1,234,567</title>");
  }

  /** How wide the bars of a histogram are, of those that have a height. */
  private static List<Double> bars(double... values) {
    String svg = Histogram.draw("", "y", "rows", values);
    List<Double> widths = new ArrayList<>();
    Matcher bar = Pattern.compile("<rect class=\"bar c0\"([^>]*)/>").matcher(svg);
    int all = 0;
    while (bar.find()) {
      assertThat(attribute(bar.group(1), "width")).isGreaterThan(5);
      if (attribute(bar.group(1), "height") > 0) {
        widths.add(attribute(bar.group(1), "x"));
      }
      all++;
    }
    assertThat(all).isEqualTo(24);
    return widths;
  }

  @Test
  void aHistogramOfHugeNumbersHasBars() {
    assertThat(bars(3, 3, 3)).hasSize(1);
    assertThat(bars(1e300, 1e300)).hasSize(1);
    assertThat(bars(-1e18, -1e18)).hasSize(1);
    assertThat(bars(1e18, Math.nextUp(1e18))).hasSizeBetween(1, 2);
    assertThat(bars(1e18, 1e18 + 1e6)).hasSize(2);
    assertThat(bars(-Double.MAX_VALUE, 0, Double.MAX_VALUE)).hasSize(3);
    assertThat(bars(Double.MAX_VALUE, Double.MAX_VALUE)).hasSize(1);
  }

  @Test
  void aMatrixIsLargeOnlyWhereItsTextsNeedThat() {
    assertThat(MatrixPlot.draw("", "is", "is predicted", matrix(5, "c", 1), "").large()).isFalse();
    assertThat(MatrixPlot.draw("", "is", "is predicted", matrix(20, "c", 1), "").large()).isTrue();
  }

  @Test
  void aLineThroughOnePointIsAPoint() {
    String svg =
        new LinePlot("", UNIT, UNIT)
            .line("dev set", Mark.of(1), List.of(new Point(0.5, 0.5)))
            .draw();
    assertThat(svg)
        .contains("class=\"point c1\"", "<title>dev set</title>")
        .doesNotContain("\"line c");
  }

  @Test
  void ringsMarkPointsAndAreInTheLegend() {
    List<Point> line = List.of(new Point(0, 0), new Point(0.5, 0.1), new Point(1, 0.3));
    String svg =
        new LinePlot("", UNIT, UNIT)
            .line("dev set", Mark.of(1), line)
            .rings("kept epoch", Mark.of(1), List.of(line.get(1)))
            .draw();
    assertThat(svg)
        .contains("<circle class=\"ring c1\"", "<circle class=\"ring ink\"", ">kept epoch<");
    String without =
        new LinePlot("", UNIT, UNIT)
            .line("dev set", Mark.of(1), line)
            .rings("kept epoch", Mark.of(1), List.of())
            .draw();
    assertThat(without).doesNotContain("kept epoch");
  }
}
