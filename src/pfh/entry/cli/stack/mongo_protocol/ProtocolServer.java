import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.backend.memory.index.MemoryUniqueIndex;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** Serves MongoDB's protocol from memory on a port of 127.0.0.1: `java … ProtocolServer.java PORT`. */
public class ProtocolServer {
  // The library calls itself 5.0 with the wire version of 4.2, which today's drivers refuse; what
  // the hub uses (single-document writes, upserts, ranges of _id) is the same in both.
  record Version(List<Integer> getVersionArray, int getWireVersion) implements MongoVersion {}

  /**
   * The index of _id, which also serves what MongoDB's own does: a key with further conditions, and
   * a range of texts. The library reads the whole collection for either. What it finds here, it still
   * compares with the query.
   */
  static final class KeyIndex extends MemoryUniqueIndex {
    private static final Set<String> BOUNDS = Set.of("$gte", "$lt");
    private final TreeMap<String, Integer> texts = new TreeMap<>();

    KeyIndex(String name, List<IndexKey> keys, boolean sparse) {
      super(name, keys, sparse);
    }

    @Override
    protected boolean putKeyPosition(KeyValue key, Integer position) {
      boolean isNew = super.putKeyPosition(key, position);
      if (key.get(0) instanceof String text) texts.put(text, position);
      return isNew;
    }

    @Override
    protected Integer removeDocument(KeyValue key) {
      if (key.get(0) instanceof String text) texts.remove(text);
      return super.removeDocument(key);
    }

    @Override
    public synchronized boolean canHandle(Document query) {
      Object key = query.get("_id");
      return key instanceof String || key instanceof Number || isRange(key) || super.canHandle(query);
    }

    @Override
    public synchronized Iterable<Integer> getPositions(Document query) {
      Object key = query.get("_id");
      if (isRange(key)) {
        Document range = (Document) key;
        String first = (String) range.get("$gte");
        String end = (String) range.get("$lt");
        if (first.compareTo(end) >= 0) return List.of();
        return new ArrayList<>(texts.subMap(first, end).values());
      }
      return super.getPositions(new Document("_id", key));
    }

    private static boolean isRange(Object key) {
      return key instanceof Document range
          && range.keySet().equals(BOUNDS)
          && range.values().stream().allMatch(String.class::isInstance);
    }
  }

  static final class Database extends MemoryDatabase {
    Database(String name, CursorRegistry cursors) {
      super(name, cursors);
    }

    @Override
    protected Index<Integer> openOrCreateUniqueIndex(
        String collection, String name, List<IndexKey> keys, boolean sparse) {
      boolean isKey = keys.size() == 1 && keys.get(0).getKey().equals("_id");
      if (isKey) return new KeyIndex(name, keys, sparse);
      return super.openOrCreateUniqueIndex(collection, name, keys, sparse);
    }
  }

  static final class Backend extends MemoryBackend {
    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
      return new Database(name, getCursorRegistry());
    }
  }

  public static void main(String[] arguments) throws Exception {
    MongoServer server = new MongoServer(new Backend().version(new Version(List.of(4, 4, 0), 9)));
    server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    Thread.currentThread().join();
  }
}
