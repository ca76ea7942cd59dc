package org.shallownet;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Who may use whom. Each rule says what it keeps out; none of them may pass for want of classes.
 */
class ArchitectureTest {
  /** ArchUnit's own option knows Maven's usual build folder only. */
  private static final ImportOption MAIN_CLASSES = location -> !location.contains("/test-classes/");

  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes =
        new ClassFileImporter().withImportOption(MAIN_CLASSES).importPackages("org.shallownet");
  }

  @Test
  void everyPackageIsThere() {
    for (String name :
        new String[] {
          "network",
          "backend",
          "backend.device",
          "backend.folders",
          "backend.layered",
          "backend.cpu",
          "backend.cpu.primitives",
          "backend.cpu.tiled",
          "backend.cpu.vector",
          "backend.cuda",
          "backend.cuda.compile",
          "backend.cuda.driver",
          "backend.cuda.fused",
          "backend.cuda.launch",
          "backend.cuda.natives",
          "data",
          "data.arrow",
          "data.columns",
          "data.csv",
          "data.features",
          "data.npy",
          "data.preprocessing",
          "data.sql",
          "data.text",
          "data.typed",
          "model",
          "model.chain",
          "model.importance",
          "model.metrics",
          "model.onnx",
          "model.preprocessing",
          "model.scoring",
          "training",
          "training.checkpoint",
          "training.comparison",
          "training.ensemble",
          "cli",
          "cli.help",
          "cli.manual",
          "cli.options",
          "cli.output",
          "cli.report",
          "cli.report.judged",
          "cli.report.plots",
          "cli.report.svg",
          "cli.serving",
          "cli.tensorboard"
        }) {
      assertThat(classes.containPackage("org.shallownet." + name)).as(name).isTrue();
    }
  }

  @Test
  void arrowsGoOneWay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("org.shallownet..")
        .layer("version")
        .definedBy("org.shallownet")
        .layer("network")
        .definedBy("org.shallownet.network..")
        .layer("backend")
        .definedBy("org.shallownet.backend..")
        .layer("data")
        .definedBy("org.shallownet.data..")
        .layer("model")
        .definedBy("org.shallownet.model..")
        .layer("training")
        .definedBy("org.shallownet.training..")
        .layer("cli")
        .definedBy("org.shallownet.cli..")
        .whereLayer("version")
        .mayNotAccessAnyLayer()
        .whereLayer("network")
        .mayNotAccessAnyLayer()
        .whereLayer("backend")
        .mayOnlyAccessLayers("network")
        .whereLayer("data")
        .mayOnlyAccessLayers("network")
        .whereLayer("model")
        .mayOnlyAccessLayers("version", "data", "backend", "network")
        .whereLayer("training")
        .mayOnlyAccessLayers("version", "model", "data", "backend", "network")
        .whereLayer("cli")
        .mayOnlyAccessLayers("version", "training", "model", "data", "backend", "network")
        .ensureAllClassesAreContainedInArchitecture()
        .check(classes);
  }

  @Test
  void implementationsOfTheBackendAreReachedOnlyThroughTheServiceLoader() {
    for (String name : new String[] {"cpu", "cuda"}) {
      String implementation = "org.shallownet.backend." + name + "..";
      noClasses()
          .that(resideOutsideOfPackages(implementation))
          .should()
          .dependOnClassesThat(resideInAPackage(implementation))
          .check(classes);
    }
  }

  @Test
  void theDeviceKnowsNothingOfPlansAndEngines() {
    noClasses()
        .that(resideInAPackage("org.shallownet.backend.device"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("org.shallownet.backend", "org.shallownet.backend.layered"))
        .check(classes);
  }

  @Test
  void theSeamDoesNotKnowTheEnginesBehindIt() {
    noClasses()
        .that(resideInAPackage("org.shallownet.backend"))
        .should()
        .dependOnClassesThat(resideInAPackage("org.shallownet.backend.layered"))
        .check(classes);
  }

  @Test
  void theCpuBackendStandsOnItsParts() {
    String cpu = "org.shallownet.backend.cpu";
    noClasses()
        .that(resideInAnyPackage(cpu + ".primitives", cpu + ".tiled", cpu + ".vector"))
        .should()
        .dependOnClassesThat(resideInAPackage(cpu))
        .check(classes);
    noClasses()
        .that(resideInAPackage(cpu + ".primitives"))
        .should()
        .dependOnClassesThat(resideInAnyPackage(cpu + ".tiled", cpu + ".vector"))
        .check(classes);
    noClasses()
        .that(resideInAPackage(cpu + ".tiled"))
        .should()
        .dependOnClassesThat(resideInAPackage(cpu + ".vector"))
        .check(classes);
  }

  @Test
  void theCudaBackendStandsOnItsParts() {
    String cuda = "org.shallownet.backend.cuda";
    noClasses()
        .that(
            resideInAnyPackage(
                cuda + ".compile", cuda + ".driver", cuda + ".launch", cuda + ".natives"))
        .should()
        .dependOnClassesThat(resideInAPackage(cuda))
        .check(classes);
    noClasses()
        .that(resideInAPackage(cuda + ".driver"))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(cuda + ".compile", cuda + ".launch", cuda + ".natives"))
        .check(classes);
  }

  @Test
  void jcudaStaysInsideTheCudaBackend() {
    noClasses()
        .that(resideOutsideOfPackages("org.shallownet.backend.cuda.."))
        .should()
        .dependOnClassesThat(resideInAPackage("jcuda.."))
        .check(classes);
  }

  @Test
  void databasesStayInsideTheirReader() {
    noClasses()
        .that(resideOutsideOfPackages("org.shallownet.data.sql.."))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.sql..", "org.duckdb..", "org.sqlite..", "org.postgresql.."))
        .check(classes);
  }

  @Test
  void arrowStaysInsideItsReader() {
    noClasses()
        .that(resideOutsideOfPackages("org.shallownet.data.arrow.."))
        .should()
        .dependOnClassesThat(resideInAnyPackage("org.apache.arrow.."))
        .check(classes);
  }

  /** It has to be there when Arrow is not. */
  @Test
  void whatFindsArrowDoesWithout() {
    noClasses()
        .that(nameMatching(".*\\.ArrowTables"))
        .should()
        .dependOnClassesThat(resideInAnyPackage("org.apache.arrow.."))
        .check(classes);
  }

  @Test
  void onlyTheCommandLineWritesToTheConsole() {
    noClasses()
        .that(resideOutsideOfPackages("org.shallownet.cli.."))
        .should(ACCESS_STANDARD_STREAMS)
        .check(classes);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("org.shallownet.(**)").should().beFreeOfCycles().check(classes);
  }
}
