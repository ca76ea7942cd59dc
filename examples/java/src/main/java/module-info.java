/** A program that uses ShallowNet on the module path. */
module org.shallownet.example {
  requires org.shallownet;
  requires jdk.httpserver;
}
