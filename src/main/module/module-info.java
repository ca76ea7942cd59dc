/**
 * ShallowNet on the module path. What is exported is what the library's documentation describes; the command line and the
 * backends' implementations are reached through the launcher and the service loader.
 *
 * <p>Some modules are read without being named here. JCuda has no name of its own, and Arrow needs such a one: both may stay
 * on the class path. A requirement of jdk.incubator.vector, even a static one, would have javac warn those who depend on this.
 */
module org.shallownet {
  requires transitive java.sql;
  requires java.management;
  requires jdk.httpserver;
  requires jdk.management;
  requires transitive org.jspecify;
  requires org.slf4j;
  requires de.siegmar.fastcsv;
  requires ch.randelshofer.fastdoubleparser;
  requires com.google.protobuf;
  requires com.grack.nanojson;
  requires org.bytedeco.javacpp;
  requires org.bytedeco.openblas;

  requires static info.picocli;

  exports org.shallownet;
  exports org.shallownet.backend;
  exports org.shallownet.backend.device;
  exports org.shallownet.data;
  exports org.shallownet.data.features;
  exports org.shallownet.data.preprocessing;
  exports org.shallownet.data.sql;
  exports org.shallownet.data.text;
  exports org.shallownet.data.typed;
  exports org.shallownet.model;
  exports org.shallownet.model.importance;
  exports org.shallownet.model.metrics;
  exports org.shallownet.model.scoring;
  exports org.shallownet.network;
  exports org.shallownet.training;
  exports org.shallownet.training.checkpoint;
  exports org.shallownet.training.comparison;
  exports org.shallownet.training.ensemble;

  opens org.shallownet.cli to
      info.picocli;
  opens org.shallownet.cli.options to
      info.picocli;

  uses org.shallownet.backend.BackendProvider;
  uses org.shallownet.data.QueryReader;
  uses org.shallownet.data.TableReader;

  provides org.shallownet.backend.BackendProvider with
      org.shallownet.backend.cpu.CpuBackendProvider,
      org.shallownet.backend.cuda.CudaBackendProvider;
  provides org.shallownet.data.QueryReader with
      org.shallownet.data.sql.SqlTables;
  provides org.shallownet.data.TableReader with
      org.shallownet.data.arrow.ArrowTables,
      org.shallownet.data.csv.CsvTables,
      org.shallownet.data.npy.NumpyTables,
      org.shallownet.data.sql.SqlTables;
}
