package org.shallownet;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A signature of more than seven parameters can't be read. Those that are left are listed, and the
 * list may only shrink. Records are excepted: their parameters are their fields, with names.
 */
class ParameterCountTest {
  private static final int MOST = 7;

  /**
   * Inner loops over arrays: each array needs the index where it begins, and an object made for the
   * two of them costs more than the loop where the loop is short.
   */
  private static final Set<String> KNOWN =
      Set.of(
          "Axpy.dots",
          "Axpy.four",
          "OpenBlas.multiply",
          "Outputs.delta",
          "Outputs.exponential",
          "Outputs.identity",
          "Outputs.sigmoid",
          "Outputs.softmax",
          "Outputs.weightedDelta",
          "PlainKernels.addFour",
          "PlainKernels.addWeighted",
          "PlainKernels.affine",
          "PlainKernels.backward",
          "PlainKernels.dot",
          "PlainKernels.dotGradient",
          "PlainKernels.outer",
          "PlainKernels.outputDelta",
          "PlainKernels.weightedOutputDelta",
          "Table.<init>",
          "TileKernels.affine",
          "TileKernels.backward",
          "TileKernels.dot",
          "TileKernels.dotGradient",
          "TileKernels.outer",
          "TileKernels.outputDelta",
          "TileKernels.weightedOutputDelta",
          "Updates.adam",
          "VectorActivation.backward",
          "VectorIdentity.backward",
          "VectorKernels.affine",
          "VectorKernels.backward",
          "VectorKernels.dot",
          "VectorKernels.dotGradient",
          "VectorKernels.outer",
          "VectorKernels.outputDelta",
          "VectorKernels.weightedOutputDelta",
          "VectorLeakyRelu.backward",
          "VectorOutputs.identity",
          "VectorOutputs.readTargets",
          "VectorOutputs.sigmoid",
          "VectorOutputs.sigmoidDelta",
          "VectorOutputs.softmax",
          "VectorOutputs.softmaxDelta",
          "VectorProducts.affine",
          "VectorProducts.affineOfFour",
          "VectorProducts.dot",
          "VectorProducts.dotGradient",
          "VectorProducts.outer",
          "VectorProducts.outerOfFour",
          "VectorRelu.backward",
          "VectorSigmoid.backward",
          "VectorTanh.backward",
          "VectorWeightedOutputs.addHits",
          "VectorWeightedOutputs.identity",
          "VectorWeightedOutputs.identityDelta",
          "VectorWeightedOutputs.readTargets",
          "VectorWeightedOutputs.sigmoid",
          "VectorWeightedOutputs.sigmoidDelta",
          "VectorWeightedOutputs.softmax",
          "VectorWeightedOutputs.softmaxDelta");

  @Test
  void noOtherSignatureHasMoreThanSevenParameters() {
    ImportOption mainClasses = location -> !location.contains("/test-classes/");
    Set<String> found = new TreeSet<>();
    for (JavaClass type :
        new ClassFileImporter().withImportOption(mainClasses).importPackages("org.shallownet")) {
      for (JavaCodeUnit unit : type.getCodeUnits()) {
        boolean written = !unit.getModifiers().contains(JavaModifier.SYNTHETIC);
        boolean ofRecord = unit instanceof JavaConstructor && type.isRecord();
        if (written && !ofRecord && unit.getRawParameterTypes().size() > MOST) {
          found.add(type.getSimpleName() + "." + unit.getName());
        }
      }
    }
    assertThat(found).as("signatures; one that is gone is to leave the list").isEqualTo(KNOWN);
  }
}
