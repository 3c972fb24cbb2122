/** Runs the readers' tests on damaged files with more cases. */
import { fuzzThoroughly } from "../fuzz_runs.ts";

fuzzThoroughly();
await import("../weights/totem_file_test.ts");
await import("../weights/safetensors/fuzz_test.ts");
await import("../weights/foreign/match_fuzz_test.ts");
await import("../batch/parquet/parquet_fuzz_test.ts");
