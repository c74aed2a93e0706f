import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.delta.kernel.Scan;
import io.delta.kernel.Snapshot;
import io.delta.kernel.TableManager;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.engine.FileReadResult;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.data.ScanStateRow;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DateType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructType;
import io.delta.kernel.types.TimestampType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** Reads Delta tables with Delta Kernel for Java. The requests and answers are those of external_engine.py. */
public class ReadDelta {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    Engine engine = DefaultEngine.create(new Configuration());
    answer(Map.of("ready", true));
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      try {
        JsonNode request = JSON.readTree(line);
        List<String> columns = new ArrayList<>();
        for (JsonNode name : request.get("columns")) columns.add(name.asText());
        answer(Map.of("rows", rows(engine, request.get("read").asText(), columns)));
      } catch (Exception | LinkageError error) {
        answer(Map.of("error", error.toString()));
      }
    }
  }

  private static void answer(Object value) throws Exception {
    System.out.println(JSON.writeValueAsString(value));
    System.out.flush();
  }

  private static List<List<String>> rows(Engine engine, String path, List<String> columns) throws Exception {
    Snapshot snapshot = TableManager.loadSnapshot(path).build(engine);
    StructType schema = new StructType();
    for (String name : columns) schema = schema.add(snapshot.getSchema().get(name));
    Scan scan = snapshot.getScanBuilder().withReadSchema(schema).build();
    Row state = scan.getScanState(engine);
    StructType physical = ScanStateRow.getPhysicalDataReadSchema(state);
    List<List<String>> found = new ArrayList<>();
    try (CloseableIterator<FilteredColumnarBatch> files = scan.getScanFiles(engine)) {
      while (files.hasNext()) {
        try (CloseableIterator<Row> entries = files.next().getRows()) {
          while (entries.hasNext()) {
            Row entry = entries.next();
            FileStatus file = InternalScanFileUtils.getAddFileStatus(entry);
            CloseableIterator<FileReadResult> read =
                engine.getParquetHandler().readParquetFiles(of(file), physical, Optional.empty());
            CloseableIterator<ColumnarBatch> data = read.map(FileReadResult::getData);
            try (CloseableIterator<FilteredColumnarBatch> batches =
                Scan.transformPhysicalData(engine, state, entry, data)) {
              while (batches.hasNext()) addRows(batches.next(), columns, found);
            }
          }
        }
      }
    }
    return found;
  }

  private static void addRows(FilteredColumnarBatch filtered, List<String> columns, List<List<String>> found) {
    ColumnarBatch batch = filtered.getData();
    Optional<ColumnVector> selected = filtered.getSelectionVector();
    for (int at = 0; at < batch.getSize(); at++) {
      if (selected.isPresent() && (selected.get().isNullAt(at) || !selected.get().getBoolean(at))) continue;
      List<String> row = new ArrayList<>();
      for (String name : columns) {
        row.add(valueAt(batch.getColumnVector(batch.getSchema().indexOf(name)), at));
      }
      found.add(row);
    }
  }

  private static String valueAt(ColumnVector vector, int at) {
    if (vector.isNullAt(at)) return null;
    DataType type = vector.getDataType();
    if (type instanceof DoubleType) return Long.toString(Double.doubleToRawLongBits(vector.getDouble(at)));
    if (type instanceof LongType || type instanceof TimestampType) return Long.toString(vector.getLong(at));
    if (type instanceof IntegerType || type instanceof DateType) return Integer.toString(vector.getInt(at));
    if (type instanceof StringType) return vector.getString(at);
    throw new IllegalArgumentException("a column of type " + type);
  }

  private static <T> CloseableIterator<T> of(T only) {
    return new CloseableIterator<>() {
      private boolean isTaken = false;

      @Override
      public boolean hasNext() {
        return !isTaken;
      }

      @Override
      public T next() {
        if (isTaken) throw new NoSuchElementException();
        isTaken = true;
        return only;
      }

      @Override
      public void close() {}
    };
  }
}
