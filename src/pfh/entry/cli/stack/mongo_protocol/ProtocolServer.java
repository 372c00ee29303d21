import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** Serves MongoDB's protocol from memory on a port of 127.0.0.1: `java … ProtocolServer.java PORT`. */
public class ProtocolServer {
  // The library calls itself 5.0 with the wire version of 4.2, which today's drivers refuse; what
  // the hub uses (single-document writes, upserts, ranges of _id) is the same in both.
  record Version(List<Integer> getVersionArray, int getWireVersion) implements MongoVersion {}

  public static void main(String[] arguments) throws Exception {
    MongoServer server = new MongoServer(new MemoryBackend().version(new Version(List.of(4, 4, 0), 9)));
    server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    Thread.currentThread().join();
  }
}
